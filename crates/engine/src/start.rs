//! A sandbox started: what the planner wants to run, in the runtime's terms.

use std::collections::BTreeMap;

use toft_model::template::Persistence;
use toft_runtime::{HomeSource, Mounted, NetworkView, Root, SandboxSpec};

use crate::driver::{Allocated, Driver};
use crate::ports::{Attachment, Cause, Home, Origin, PreparedImage};
use crate::resolve::{self, Resolved};
use crate::subject::Subject;

/// What a home provided by the runtime may hold, in bytes.
const PROVIDED_HOME: u64 = 10 << 30;

// === impl Driver ===

impl Driver {
    pub(crate) async fn home(&self, subject: &Subject) -> Result<HomeSource, Cause> {
        if self.ports.runtime.provides().volume {
            return Ok(HomeSource::Provided { bytes: PROVIDED_HOME });
        }
        let image;
        let origin = match &subject.workspace.spec.data_source {
            _ if self.ports.volumes.exists(subject.id) => Origin::There,
            Some(source) => self.copied_from(subject, source).await?,
            None => {
                let found = self.images.find(subject.image()?);
                image = found.ok_or("the image is not there any more")?;
                Origin::Image(&image)
            }
        };
        let home = Home {
            id: subject.id,
            origin,
            user: &subject.resolved()?.user,
        };
        self.ports.volumes.ensure(&home).await
    }

    pub(crate) async fn attach(&self, subject: &Subject) -> Result<Option<NetworkView>, Cause> {
        if self.ports.runtime.provides().network {
            return Ok(None);
        }
        let allocated = self
            .allocated(&subject.workspace)
            .await?
            .ok_or("no address is allocated")?;
        let attachment = Attachment {
            id: subject.id,
            owner: subject.key.namespace.clone(),
            name: subject.key.name.clone(),
            place: allocated.place,
            id_range: allocated.id_range,
            rules: subject.resolved()?.network.clone(),
        };
        self.ports.networks.attach(&attachment).await.map(Some)
    }

    pub(crate) async fn start(&self, subject: &Subject) -> Result<(), Cause> {
        let resolved = subject.resolved()?;
        let allocated = self
            .allocated(&subject.workspace)
            .await?
            .ok_or("no ids are allocated")?;
        // Attaching again changes nothing, and says what the inside must see.
        let network = self.attach(subject).await?;
        let address = network.as_ref().map(|view| view.address.to_string());
        let volumes = (!self.ports.runtime.provides().volume).then_some(&self.ports.volumes);
        if let Some(volumes) = volumes.filter(|_| resolved.persistence == Persistence::None) {
            volumes.renew(subject.id).await?;
        }
        let home = self.home(subject).await?;
        let (spec, digest) = self.sandbox_spec(subject, resolved, allocated, network, home)?;
        let storage = resolve::storage_bytes(&subject.reserved());
        if let Some(volumes) = volumes {
            volumes.limit(subject.id, storage, true).await?;
            if let Some(digest) = &digest {
                self.begin_on(subject, resolved, digest).await?;
            }
        }
        self.ports.runtime.start(&spec).await?;
        if let Some(volumes) = volumes {
            volumes.limit(subject.id, storage, false).await?;
        }
        let host = self.ports.runtime.host();
        self.amend(subject, |status| {
            status.host = Some(host);
            status.address = address;
            status.image_digest = digest;
        });
        self.events.normal(
            &subject.about,
            "Started",
            &format!("started on {}", self.ports.runtime.host()),
        );
        Ok(())
    }

    /// The image that its machine lies over. A machine layer belongs to the image that it was begun
    /// on: a newer one under the same name is for new workspaces, and for machines that are not
    /// kept.
    fn begun_on(&self, subject: &Subject, resolved: &Resolved) -> Option<PreparedImage> {
        if resolved.persistence != Persistence::Machine {
            return None;
        }
        let written = self.ports.volumes.begun_on(subject.id);
        let digest = written.as_deref().or(subject.begun_on())?;
        self.ports.images.get(digest)
    }

    /// Writes down what its machine lies over. Another image than before is told: it may not fit.
    async fn begin_on(&self, subject: &Subject, resolved: &Resolved, digest: &str) -> Result<(), Cause> {
        let volumes = &self.ports.volumes;
        let before = volumes.begun_on(subject.id);
        if resolved.persistence == Persistence::Machine && before.is_some_and(|before| before != digest) {
            let message = "the image that its machine was begun on is not there any more; it lies over the newest one now, which may not fit";
            self.events.warning(&subject.about, "OtherImage", message);
        }
        volumes.begin_on(subject.id, digest).await
    }

    fn sandbox_spec(
        &self,
        subject: &Subject,
        resolved: &Resolved,
        allocated: Allocated,
        network: Option<NetworkView>,
        home: HomeSource,
    ) -> Result<(SandboxSpec, Option<String>), Cause> {
        let mut env = BTreeMap::new();
        let (root, digest) = if self.ports.runtime.provides().image {
            (Root::Image(resolved.image.clone()), None)
        } else {
            let image = match self.begun_on(subject, resolved) {
                Some(image) => image,
                None => self
                    .images
                    .find(subject.image()?)
                    .ok_or("the image is not there any more")?,
            };
            env.extend(image.env);
            (image.root, Some(image.digest))
        };
        env.extend(resolved.env.clone());
        env.insert("TOFT_WORKSPACE".to_owned(), subject.key.name.clone());
        env.insert("TOFT_OWNER".to_owned(), subject.key.namespace.clone());
        let spec = SandboxSpec {
            id: subject.id,
            owner: subject.key.namespace.clone(),
            name: subject.key.name.clone(),
            hostname: subject.key.name.clone(),
            root,
            keep_machine: resolved.persistence == Persistence::Machine,
            init: resolved.init,
            nesting: resolved.nesting,
            home: Mounted {
                source: home,
                target: resolved.user.home.clone(),
            },
            user: resolved.user.clone(),
            resources: resolve::runtime_resources(&subject.reserved()),
            env,
            network,
            id_range: allocated.id_range,
            agent_binary: self.config.host.agent_binary.clone(),
            grace: resolve::grace(&subject.workspace),
        };
        Ok((spec, digest))
    }
}
