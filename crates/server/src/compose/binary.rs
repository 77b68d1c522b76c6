//! The program that becomes the agent: a copy by content, so that an upgrade of Toft on disk does
//! not reach into workspaces that run.

use std::fs::{self, File, Permissions};
use std::io::{self, Read};
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};

use sha2::{Digest, Sha256};
use toft_runtime::Runtime;

use super::ServeError;

/// Puts a copy of `program` (or this very one) into `D/bin`, and says where. Copies that nothing
/// runs from any more are removed.
pub(super) async fn install(
    data: &Path,
    program: Option<&Path>,
    runtime: &dyn Runtime,
) -> Result<PathBuf, ServeError> {
    let program = program.map_or_else(|| PathBuf::from("/proc/self/exe"), Path::to_owned);
    let bin = data.join("bin");
    let copy = {
        let (program, bin) = (program.clone(), bin.clone());
        tokio::task::spawn_blocking(move || copy(&program, &bin))
            .await
            .unwrap_or_else(|error| Err(io::Error::other(error)))
    };
    let copy = copy.map_err(ServeError::file(format!(
        "copy {} into {}",
        program.display(),
        bin.display()
    )))?;
    if !anything_runs(runtime).await {
        remove_others(&bin, &copy);
    }
    Ok(copy)
}

fn copy(program: &Path, bin: &Path) -> io::Result<PathBuf> {
    let mut source = File::open(program)?;
    let digest = digest(&mut source)?;
    let dir = bin.join(&digest);
    let path = dir.join("toft");
    if path.exists() {
        return Ok(path);
    }
    let staged = bin.join(format!(".{digest}"));
    fs::create_dir_all(&dir)?;
    fs::copy(program, &staged)?;
    // Everybody inside may run it; only root's namespaces can write it.
    fs::set_permissions(&staged, Permissions::from_mode(0o555))?;
    File::open(&staged)?.sync_all()?;
    fs::rename(&staged, &path)?;
    Ok(path)
}

fn digest(source: &mut File) -> io::Result<String> {
    let mut hasher = Sha256::new();
    let mut piece = vec![0; 1 << 20];
    loop {
        let length = source.read(&mut piece)?;
        if length == 0 {
            return Ok(hex::encode(hasher.finalize()));
        }
        hasher.update(&piece[..length]);
    }
}

async fn anything_runs(runtime: &dyn Runtime) -> bool {
    let Ok(sandboxes) = runtime.list().await else {
        return true;
    };
    for sandbox in sandboxes {
        if runtime
            .inspect(sandbox)
            .await
            .map_or(true, |state| state.is_running())
        {
            return true;
        }
    }
    false
}

fn remove_others(bin: &Path, kept: &Path) {
    let Ok(entries) = fs::read_dir(bin) else { return };
    for path in entries.flatten().map(|entry| entry.path()) {
        if !kept.starts_with(&path) {
            let removed = if path.is_dir() {
                fs::remove_dir_all(&path)
            } else {
                fs::remove_file(&path)
            };
            if let Err(error) = removed {
                tracing::warn!(path = %path.display(), %error, "failed to remove an old copy of the agent");
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_copy_is_made_once_and_old_ones_go_when_nothing_runs() {
        let dir = tempfile::tempdir().unwrap();
        fs::create_dir(dir.path().join("bin")).unwrap();
        let program = dir.path().join("program");
        let runtime = toft_runtime::sim::SimRuntime::new(toft_runtime::sim::World::new());
        fs::write(&program, "one").unwrap();
        let one = install(dir.path(), Some(&program), &runtime).await.unwrap();
        assert_eq!(install(dir.path(), Some(&program), &runtime).await.unwrap(), one);
        fs::write(&program, "two").unwrap();
        let two = install(dir.path(), Some(&program), &runtime).await.unwrap();
        assert_eq!(fs::read_to_string(&two).unwrap(), "two");
        assert_eq!(fs::metadata(&two).unwrap().permissions().mode() & 0o777, 0o555);
        assert!(!one.exists());
    }
}
