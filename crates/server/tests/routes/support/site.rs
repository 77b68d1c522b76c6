//! A host that is made up.

use std::path::PathBuf;
use std::sync::Mutex;

use async_trait::async_trait;
use toft_model::{ImageSource, Workspace};
use toft_server::site::{Check, Disk, Removed, Site, SiteError};
use uuid::Uuid;

#[derive(Default)]
pub struct TestSite {
    pub console: Mutex<Option<PathBuf>>,
    pub renewed: Mutex<Vec<ImageSource>>,
}

#[async_trait]
impl Site for TestSite {
    fn name(&self) -> String {
        "box".into()
    }

    fn urls(&self) -> Vec<String> {
        vec![
            "https://toft.localhost:8443".into(),
            "https://192.0.2.7:8443".into(),
        ]
    }

    fn domain(&self) -> String {
        "toft.localhost".into()
    }

    fn ca_pem(&self) -> String {
        "-----BEGIN CERTIFICATE-----\nAA==\n-----END CERTIFICATE-----\n".into()
    }

    fn ui_url(&self, visited: Option<&str>) -> String {
        format!("https://{}", visited.unwrap_or("toft.localhost:8443"))
    }

    async fn app_url(
        &self,
        visited: Option<&str>,
        app: &str,
        workspace: &Workspace,
    ) -> Result<String, SiteError> {
        let (name, owner) = (
            &workspace.metadata.name,
            workspace.metadata.namespace.as_deref().unwrap(),
        );
        match visited {
            Some("192.0.2.7:8443") if app == "3001" => Err(SiteError("all ports are taken".into())),
            Some("192.0.2.7:8443") => Ok("https://192.0.2.7:9700".into()),
            _ => Ok(format!("https://{app}--{name}--{owner}.toft.localhost:8443")),
        }
    }

    fn is_app_authority(&self, authority: &str) -> bool {
        authority.ends_with(".toft.localhost:8443")
    }

    fn disk(&self) -> Result<(u64, u64), SiteError> {
        Ok((100 << 30, 60 << 30))
    }

    async fn doctor(&self) -> Vec<Check> {
        vec![Check::new("box", "ok", "made up", "")]
    }

    fn renew(&self, source: &ImageSource) {
        self.renewed.lock().unwrap().push(source.clone());
    }

    async fn collect_images(&self) -> Result<Vec<Removed>, SiteError> {
        Ok(vec![Removed {
            digest: "sha256:00".into(),
            bytes: 7,
        }])
    }

    fn console(&self, _: Uuid) -> Option<PathBuf> {
        self.console.lock().unwrap().clone()
    }

    async fn disk_of(&self, workspace: Uuid) -> Result<Disk, SiteError> {
        Ok(self.disk_counted(workspace).unwrap_or_default())
    }

    fn disk_counted(&self, _: Uuid) -> Option<Disk> {
        Some(Disk {
            bytes: 4096,
            limit_bytes: Some(8192),
        })
    }
}
