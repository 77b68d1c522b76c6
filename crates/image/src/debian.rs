//! A Debian base, made here by `mmdebstrap` when no registry answers.
//!
//! The mirrors are those that the host's own tools use: none is named here. The tool runs in
//! mount and process namespaces of its own that end with the daemon, so that a killed daemon
//! leaves no process and no mount, only a directory that the next start sweeps.
//!
//! A finished root is packed into the cache directory, where the caller named one: another data
//! directory then needs neither network nor minutes (see `cache`).

mod cache;
mod output;
mod pack;
mod setup;

use std::path::Path;
use std::time::{Duration, SystemTime};

use toft_effects::spawn::Program;

use crate::cancel::Staging;
use crate::disk;
use crate::error::ImageError;
use crate::progress::Step;
use crate::record::{ImageConfig, ImageRoot, Record};
use crate::source::{DebianRecipe, ImageSource};
use crate::store::Job;
use crate::tree;

/// What a bootstrap takes at most while it runs: the tree and the packages it came from.
const NEED_BYTES: u64 = 1_500 << 20;
/// A slow line and a slow disk need minutes; a hung mirror must not hold the job for ever.
const TIME_LIMIT: Duration = Duration::from_mins(45);

/// Makes the base that `recipe` describes, from the cache if it has it and `fresh` is not asked.
pub(crate) async fn make(job: Job, recipe: DebianRecipe, fresh: bool) -> Result<ImageRoot, ImageError> {
    disk::require_space(job.dir(), NEED_BYTES, job.limits().keep_free_bytes)?;
    if !fresh && let Some(image) = cache::restore(&job).await {
        return Ok(image);
    }
    let staging = Staging::new(&job.tmp())?;
    bootstrap(&job, &recipe, &staging.path().join("rootfs")).await?;
    let dir = job.dir().to_owned();
    let finished = tokio::task::spawn_blocking(move || finish(&job, &recipe, &staging));
    match finished.await {
        Ok(result) => result.map_err(|error| disk::explain_full(error, &dir, NEED_BYTES)),
        Err(_) => Err(ImageError::Cancelled),
    }
}

async fn bootstrap(job: &Job, recipe: &DebianRecipe, root: &Path) -> Result<(), ImageError> {
    let mut output = output::Output::default();
    let program = program(recipe, root);
    job.report
        .say(Step::Resolve, format!("asking for Debian {}", recipe.suite));
    let ran = job.door().run_lines(program, |line| {
        if let Some(progress) = output.read(line) {
            job.report.send(progress);
        }
    });
    let result = ran.await;
    result.map_err(|error| {
        if disk::free_bytes(job.dir()).is_ok_and(|free| free < job.limits().keep_free_bytes) {
            return disk::explain_full(full(job.dir()), job.dir(), NEED_BYTES);
        }
        let said = output.complaint().unwrap_or_else(|| error.to_string());
        ImageError::Bootstrap {
            suite: recipe.suite.clone(),
            reason: said,
        }
    })
}

fn full(dir: &Path) -> ImageError {
    ImageError::io("write to", dir)(std::io::ErrorKind::StorageFull.into())
}

/// The command line. Namespaces: `--kill-child` ends everything inside with `unshare`, and
/// `setpriv` ends `unshare` with the daemon.
fn program(recipe: &DebianRecipe, root: &Path) -> Program {
    let mut program = Program::new("spawn.mmdebstrap", "setpriv")
        .args([
            "--pdeathsig",
            "KILL",
            "unshare",
            "--mount",
            "--pid",
            "--mount-proc",
            "--fork",
            "--kill-child=KILL",
        ])
        .args([
            "mmdebstrap",
            "--verbose",
            "--mode=root",
            "--variant=minbase",
            "--format=directory",
        ])
        // Package lists stay, compressed: `apt install` works inside without an `apt update` first.
        .args([
            "--skip=cleanup/apt/lists",
            "--aptopt=Acquire::GzipIndexes \"true\"",
        ])
        // The host's /dev/null may be closed to apt's own user (see `setup`, which takes this back).
        .arg("--aptopt=APT::Sandbox::User \"root\"")
        .timeout(TIME_LIMIT)
        .env("LC_ALL", "C.UTF-8");
    for proxy in ["http_proxy", "https_proxy", "no_proxy"] {
        if let Some(value) = std::env::var_os(proxy) {
            program = program.env(proxy, value);
        }
    }
    let mut packages = recipe.packages.clone();
    packages.extend(recipe.user.iter().map(|_| "sudo".to_owned()));
    packages.sort();
    packages.dedup();
    if !packages.is_empty() {
        program = program.arg(format!("--include={}", packages.join(",")));
    }
    program.arg(&recipe.suite).arg(root)
}

fn finish(job: &Job, recipe: &DebianRecipe, staging: &Staging) -> Result<ImageRoot, ImageError> {
    let root = staging.path().join("rootfs");
    job.report.say(Step::Configure, "adding the user and cleaning up");
    setup::apply(&root, recipe)?;
    job.report.say(Step::Verify, "computing the digest");
    let record = Record {
        digest: tree::digest(&root, &job.cancel)?,
        source: ImageSource::Debian(recipe.clone()),
        size_bytes: tree::disk_usage(&root, &job.cancel)?,
        created: SystemTime::now(),
        config: config(recipe),
        blobs: Vec::new(),
    };
    let image = job.publish(staging, &record)?;
    cache::save(job, &record, &image.root);
    Ok(image)
}

fn config(recipe: &DebianRecipe) -> ImageConfig {
    let path = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";
    let env = [("LANG", "C.UTF-8"), ("PATH", path)];
    ImageConfig {
        env: env.map(|(key, value)| (key.to_owned(), value.to_owned())).into(),
        cmd: vec!["/bin/bash".to_owned(), "-l".to_owned()],
        user: recipe.user.clone().unwrap_or_default(),
        workdir: recipe
            .user
            .as_ref()
            .map(|user| format!("/home/{user}"))
            .unwrap_or_default(),
        ..ImageConfig::default()
    }
}
