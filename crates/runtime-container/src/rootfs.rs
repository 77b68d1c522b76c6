//! What a sandbox is mounted from.

use std::fs;
use std::os::unix::fs::{DirBuilderExt, MetadataExt, PermissionsExt, chown};
use std::path::{Path, PathBuf};

use toft_effects::mount::{Part, Stage};
use toft_runtime::{HomeSource, Root, RuntimeError, SandboxId, SandboxSpec};

use crate::demolish::demolish;
use crate::error::{Error, file};
use crate::paths::Paths;
use crate::powers::{FRESH_PROC, FRESH_SYS, Powers, STORAGE, TUNNEL};
use crate::spec::stage;

/// The directories of this host that a specification names.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Sources<'a> {
    pub(crate) root: &'a Path,
    pub(crate) home: &'a Path,
}

// === impl Sources ===

impl<'a> Sources<'a> {
    /// Takes them from a specification, which must be one for this runtime.
    pub(crate) fn of(spec: &'a SandboxSpec) -> Result<Self, RuntimeError> {
        let invalid = |reason: &str| RuntimeError::Invalid {
            id: spec.id,
            reason: reason.to_owned(),
        };
        let Root::Directory(root) = &spec.root else {
            return Err(invalid(
                "its root is an image's name; this runtime needs an unpacked directory",
            ));
        };
        let HomeSource::Directory(home) = &spec.home.source else {
            return Err(invalid("its home is a size; this runtime needs a directory"));
        };
        if !spec.home.target.is_absolute() {
            return Err(invalid("the place of its home inside is not absolute"));
        }
        if spec.user.uid >= spec.id_range.len || spec.user.gid >= spec.id_range.len {
            return Err(invalid("its user's ids lie outside of its range"));
        }
        Ok(Self { root, home })
    }
}

/// The stage of one start.
pub(crate) fn stage(
    paths: &Paths,
    spec: &SandboxSpec,
    sources: Sources<'_>,
    user_namespace: PathBuf,
) -> Stage {
    let tree = |name, source: PathBuf, mapped, read_only| Part::Tree {
        name,
        source,
        mapped,
        read_only,
    };
    let powers = Powers::of(spec);
    let places = [FRESH_PROC, FRESH_SYS].into_iter().filter(|_| powers.fresh);
    let storage = STORAGE.into_iter().filter(|_| powers.storage);
    let storage = storage.map(|(name, _)| tree(name, paths.storage(spec.id, name), true, false));
    Stage {
        at: paths.stage(),
        user_namespace,
        range: spec.id_range,
        parts: [
            Part::Overlay {
                name: stage::ROOT,
                lower: sources.root.to_owned(),
                layer: paths.layer(spec.id),
            },
            Part::Devices {
                name: stage::DEVICES,
                more: powers.tunnel.then_some(TUNNEL).into_iter().collect(),
                places: places.collect(),
            },
            tree(stage::HOME, sources.home.to_owned(), true, false),
            tree(stage::AGENT, spec.agent_binary.clone(), true, true),
        ]
        .into_iter()
        .chain(storage)
        .collect(),
    }
}

/// Makes the writable layer over `root` where it is missing; its top looks like the image's.
pub(crate) fn ensure_layer(layer: &Path, root: &Path) -> Result<(), Error> {
    let mut private = fs::DirBuilder::new();
    private.recursive(true).mode(0o700);
    private.create(layer).map_err(file("create", layer))?;
    private
        .create(layer.join("work"))
        .map_err(file("create", layer))?;
    let upper = layer.join("upper");
    if upper.is_dir() {
        return Ok(());
    }
    // Under another name first: a top that is there is complete.
    let fresh = layer.join("upper.new");
    let image = fs::metadata(root).map_err(file("examine the image", root))?;
    private.create(&fresh).map_err(file("create", &fresh))?;
    chown(&fresh, Some(image.uid()), Some(image.gid())).map_err(file("give away", &fresh))?;
    fs::set_permissions(&fresh, fs::Permissions::from_mode(image.mode() & 0o7777))
        .map_err(file("open up", &fresh))?;
    fs::rename(&fresh, &upper).map_err(file("create", &upper))
}

/// Makes the directories that containers inside keep theirs in. Another name first is not needed:
/// an empty one is whole.
pub(crate) fn ensure_storage(paths: &Paths, id: SandboxId) -> Result<(), Error> {
    for (name, _) in STORAGE {
        let dir = paths.storage(id, name);
        let mut closed = fs::DirBuilder::new();
        closed.recursive(true).mode(0o710);
        closed.create(&dir).map_err(file("create", &dir))?;
    }
    Ok(())
}

/// Takes over a layer that lies where former versions kept it.
pub(crate) fn adopt_layer(former: &Path, layer: &Path) -> Result<(), Error> {
    if layer.exists() || !former.is_dir() {
        return Ok(());
    }
    fs::rename(former, layer).map_err(file("take over", former))
}

/// Takes a layer away for good. Removing it takes as long as it is large, and nobody waits for
/// that: it goes beside the start, or beside the next one.
pub(crate) fn set_aside(layer: &Path) -> Result<(), Error> {
    let spent = layer.with_extension("spent");
    // What a start before this one could not remove in its time is in the way of the next.
    remove_tree(&spent)?;
    match fs::rename(layer, &spent) {
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(()),
        other => other.map_err(file("set aside", layer))?,
    }
    std::thread::spawn(move || {
        if let Err(error) = remove_tree(&spent) {
            tracing::warn!(%error, "a machine that is not kept is not removed wholly; the next start goes on");
        }
    });
    Ok(())
}

/// Removes a tree that a stranger was root of; not being there is fine.
pub(crate) fn remove_tree(path: &Path) -> Result<(), Error> {
    demolish(path).map_err(file("remove", path))
}
