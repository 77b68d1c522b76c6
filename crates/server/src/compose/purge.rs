//! The end of a data directory: everything that it made on the host goes, and then it.

use std::path::Path;
use std::sync::Arc;

use toft_effects::Door;
use toft_runtime_container::{ContainerConfig, ContainerRuntime};
use toft_store::Store;
use toft_volume::Volumes;

use super::{ServeError, host, networks};

/// Removes sandboxes, networks, control groups, homes, images, and the directory itself. The
/// daemon must not run. Says what could not be removed; the directory stays then, so that
/// another attempt finds it.
///
/// # Errors
/// A daemon uses the directory, or it cannot be read.
pub async fn purge(data_dir: &Path) -> Result<Vec<String>, ServeError> {
    let data = data_dir
        .canonicalize()
        .map_err(ServeError::file(format!("read {}", data_dir.display())))?;
    // Even to be opened a database needs room, and on a full disk there is none but this.
    for ballast in ["ballast", "volumes/ballast"] {
        let _ = std::fs::remove_file(data.join(ballast));
    }
    let door = Door::from_env();
    let store = Store::open_through(door.clone(), &data).await?;
    let config = ContainerConfig {
        data: data.clone(),
        volumes: data.join("volumes"),
        instance: store.instance_id().to_owned(),
        host: host::name(),
    };
    let runtime = Arc::new(ContainerRuntime::new(door.clone(), config));
    let mut left = runtime.clear().await;
    // Before what guards the directory: that would take the pool along without a word.
    let pool = Volumes::purge(&door, &data);
    left.extend(runtime.purge().await);
    let mut left: Vec<String> = left
        .iter()
        .map(|left| format!("{} ({})", left.path.display(), left.reason))
        .collect();
    left.extend(pool.err().map(|error| error.to_string()));
    // Nothing is started: what forwards names is only told to end.
    let network = networks::open(&door, &store, &data, Path::new("/proc/self/exe")).await?;
    if let Err(error) = network.purge().await {
        left.push(error.to_string());
    }
    store.close().await;
    if left.is_empty() {
        std::fs::remove_dir_all(&data).map_err(ServeError::file(format!("remove {}", data.display())))?;
    }
    Ok(left)
}
