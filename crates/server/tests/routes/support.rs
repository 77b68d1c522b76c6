//! A whole Toft in the test's own process, and how it is asked.

mod agent;
mod ports;
mod site;
mod socket;

use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::body::Body;
use http::{HeaderMap, Method, Request, StatusCode, header};
use http_body_util::BodyExt;
use serde_json::{Value, json};
use tempfile::TempDir;
use toft_engine::agents::RuntimeAgents;
use toft_engine::ports::HostFacts;
use toft_engine::{Engine, EngineConfig, Ports};
use toft_model::Kind;
use toft_runtime::sim::{SimRuntime, World};
use toft_server::App;
use toft_server::people::accounts::Origin;
use toft_store::Store;
use tower::ServiceExt;

pub use agent::Agent;
pub use site::TestSite;
pub use socket::Socket;

/// How long anything in these tests may take. Never what a test measures.
pub const PATIENCE: Duration = Duration::from_mins(1);
pub const WORKSPACES: &str = "/apis/toft.dev/v1alpha1/namespaces/ada/workspaces";
pub const MERGE: &str = "application/merge-patch+json";

/// A daemon without its gateway, that ends with its test.
pub struct Toft {
    pub app: App,
    pub router: Router,
    pub world: World,
    pub site: Arc<TestSite>,
    engine: tokio::task::JoinHandle<()>,
    _dir: TempDir,
}

/// An answer, read to its end.
#[derive(Debug)]
pub struct Answer {
    pub status: StatusCode,
    pub headers: HeaderMap,
    pub body: Vec<u8>,
}

/// Somebody who asks.
#[derive(Clone)]
pub struct Client {
    router: Router,
    token: Option<String>,
}

impl Toft {
    /// One with the admin `admin`, the members `ada` and `bob`, a template and an image.
    pub async fn start() -> Self {
        let mut toft = Self::paused().await;
        let engine = toft.app.engine().clone();
        toft.engine = tokio::spawn(async move { engine.run().await.unwrap() });
        toft
    }

    /// The same with an engine that does nothing, so that nothing changes but what a test changes.
    pub async fn paused() -> Self {
        let dir = tempfile::tempdir().unwrap();
        let store = Store::open(dir.path()).await.unwrap();
        let world = World::new();
        let runtime = Arc::new(SimRuntime::new(world.clone()));
        let ports = Ports {
            images: Arc::new(ports::NoImages),
            volumes: Arc::new(ports::NoVolumes),
            networks: Arc::new(ports::NoNetworks),
            runtime: runtime.clone(),
            agents: Arc::new(RuntimeAgents::new(runtime.clone())),
        };
        let host = HostFacts {
            agent_binary: "/nowhere".into(),
            cpu_milli: 8_000,
            memory_bytes: 16 << 30,
        };
        let engine = Engine::new(store.clone(), ports, EngineConfig { host, instance: 0 });
        let site = Arc::new(TestSite::default());
        let app = App::new(store.clone(), engine, runtime, site.clone())
            .await
            .unwrap();
        for name in ["ada", "bob"] {
            assert!(store.add_user(name, "member").await.unwrap());
        }
        store.create(image("base")).await.unwrap();
        store.create(template("shell")).await.unwrap();
        let router = toft_server::router(app.clone());
        Self {
            app,
            router,
            world,
            site,
            engine: tokio::spawn(async {}),
            _dir: dir,
        }
    }

    /// Lets sandboxes be entered: one real agent answers for all of them.
    pub fn with_agent(&self) -> Agent {
        Agent::start(&self.world)
    }

    pub async fn admin(&self) -> Client {
        self.client("admin").await
    }

    pub async fn client(&self, user: &str) -> Client {
        let made = self.app.accounts().create_token(user, "test", false, None).await;
        Client {
            router: self.router.clone(),
            token: Some(made.unwrap().1),
        }
    }

    pub fn client_with(&self, token: String) -> Client {
        Client {
            router: self.router.clone(),
            token: Some(token),
        }
    }

    pub async fn reader(&self, user: &str) -> Client {
        let made = self.app.accounts().create_token(user, "test", true, None).await;
        Client {
            router: self.router.clone(),
            token: Some(made.unwrap().1),
        }
    }

    pub fn nobody(&self) -> Client {
        Client {
            router: self.router.clone(),
            token: None,
        }
    }

    /// A cookie of `user`'s browser.
    pub async fn cookie(&self, user: &str) -> String {
        let (_, value) = self
            .app
            .accounts()
            .sign_in(user, Origin::default())
            .await
            .unwrap();
        format!("__Host-toft={value}")
    }
}

impl Drop for Toft {
    fn drop(&mut self) {
        self.app.close();
        self.engine.abort();
    }
}

impl Client {
    pub async fn get(&self, path: &str) -> Answer {
        self.send(Method::GET, path, "", Vec::new()).await
    }

    pub async fn post(&self, path: &str, body: &Value) -> Answer {
        self.send(Method::POST, path, "application/json", body.to_string())
            .await
    }

    pub async fn put(&self, path: &str, body: &Value) -> Answer {
        self.send(Method::PUT, path, "application/json", body.to_string())
            .await
    }

    pub async fn merge(&self, path: &str, body: &Value) -> Answer {
        self.send(Method::PATCH, path, MERGE, body.to_string()).await
    }

    pub async fn delete(&self, path: &str) -> Answer {
        self.send(Method::DELETE, path, "", Vec::new()).await
    }

    pub async fn table(&self, path: &str) -> Answer {
        let accept = "application/json;as=Table;v=v1;g=meta.k8s.io,application/json";
        let request = self
            .request(Method::GET, path)
            .header(header::ACCEPT, accept)
            .body(Body::empty())
            .unwrap();
        self.call(request).await
    }

    pub async fn send(&self, method: Method, path: &str, media: &str, body: impl Into<Body>) -> Answer {
        let mut request = self.request(method, path);
        if !media.is_empty() {
            request = request.header(header::CONTENT_TYPE, media);
        }
        self.call(request.body(body.into()).unwrap()).await
    }

    pub fn request(&self, method: Method, path: &str) -> http::request::Builder {
        let request = Request::builder().method(method).uri(path);
        match &self.token {
            Some(token) => request.header(header::AUTHORIZATION, format!("Bearer {token}")),
            None => request,
        }
    }

    pub async fn call(&self, request: Request<Body>) -> Answer {
        let response = within(self.router.clone().oneshot(request)).await.unwrap();
        let (status, headers) = (response.status(), response.headers().clone());
        let body = within(response.into_body().collect())
            .await
            .unwrap()
            .to_bytes()
            .to_vec();
        Answer {
            status,
            headers,
            body,
        }
    }

    /// A body that is read line by line.
    pub async fn lines(&self, path: &str) -> Lines {
        let request = self.request(Method::GET, path).body(Body::empty()).unwrap();
        let response = within(self.router.clone().oneshot(request)).await.unwrap();
        assert_eq!(response.status(), StatusCode::OK);
        Lines {
            body: response.into_body(),
            read: Vec::new(),
        }
    }

    pub fn token(&self) -> &str {
        self.token.as_deref().unwrap()
    }
}

/// JSON objects, one a line.
pub struct Lines {
    body: Body,
    read: Vec<u8>,
}

impl Lines {
    /// The next object; none at the end.
    pub async fn next(&mut self) -> Option<Value> {
        loop {
            if let Some(end) = self.read.iter().position(|byte| *byte == b'\n') {
                let line: Vec<u8> = self.read.drain(..=end).collect();
                if line.len() > 1 {
                    return Some(serde_json::from_slice(&line).unwrap());
                }
                continue;
            }
            let frame = within(self.body.frame()).await?.unwrap();
            self.read.extend_from_slice(&frame.into_data().unwrap());
        }
    }
}

impl Answer {
    pub fn json(&self) -> Value {
        serde_json::from_slice(&self.body).unwrap_or_else(|error| panic!("{error}: {}", self.text()))
    }

    pub fn text(&self) -> String {
        String::from_utf8_lossy(&self.body).into_owned()
    }

    /// Fails the test with the whole answer unless it has this status.
    #[track_caller]
    pub fn expect(self, status: u16) -> Self {
        assert_eq!(self.status.as_u16(), status, "{}", self.text());
        self
    }

    /// The paths of the fields that a refusal names.
    pub fn fields(&self) -> Vec<String> {
        let causes = self.json()["details"]["causes"].clone();
        causes
            .as_array()
            .into_iter()
            .flatten()
            .filter_map(|cause| Some(cause["field"].as_str()?.to_owned()))
            .collect()
    }
}

pub fn workspace(name: &str) -> Value {
    json!({
        "apiVersion": "toft.dev/v1alpha1", "kind": "Workspace",
        "metadata": { "name": name },
        "spec": { "template": "shell" },
    })
}

pub fn template(name: &str) -> Value {
    json!({
        "apiVersion": "toft.dev/v1alpha1", "kind": "Template",
        "metadata": { "name": name },
        "spec": {
            "title": "Shell", "image": "base",
            "user": { "name": "toft", "uid": 1000, "home": "/home/toft", "shell": "/bin/bash" },
            "apps": [{ "name": "terminal", "title": "Terminal", "kind": "terminal" },
                { "name": "web", "title": "Web", "kind": "web", "port": 8080 }],
            "parameters": [{ "name": "tz", "title": "Zone", "default": "UTC", "options": ["UTC", "CET"] }],
            "resources": { "requests": { "cpu": "100m", "memory": "64Mi" }, "limits": { "cpu": "2", "memory": "1Gi" } },
        },
    })
}

pub fn image(name: &str) -> Value {
    json!({
        "apiVersion": "toft.dev/v1alpha1", "kind": "Image",
        "metadata": { "name": name },
        "spec": { "source": { "debian": { "suite": "bookworm" } } },
    })
}

pub fn path_of(kind: Kind) -> String {
    format!("/apis/toft.dev/v1alpha1/{}", kind.plural())
}

/// Fails a test that waits for what never comes.
pub async fn within<T>(act: impl Future<Output = T>) -> T {
    tokio::time::timeout(PATIENCE, act).await.expect("waited in vain")
}

/// Asks for an object until it is as wanted.
pub async fn until(client: &Client, path: &str, wanted: impl Fn(&Value) -> bool) -> Value {
    within(async {
        loop {
            let object = client.get(path).await.json();
            if wanted(&object) {
                return object;
            }
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
    })
    .await
}

/// Makes a workspace of `ada`'s and waits until it runs.
pub async fn running(client: &Client, name: &str) -> Value {
    client.post(WORKSPACES, &workspace(name)).await.expect(201);
    until(client, &format!("{WORKSPACES}/{name}"), |object| {
        object["status"]["phase"] == "Running"
    })
    .await
}
