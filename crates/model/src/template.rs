//! `Template`: what a workspace is made of.

use std::collections::{BTreeMap, BTreeSet};

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::meta::resource;
use crate::name;
use crate::validate::Checks;
use crate::workspace::Resources;

resource!(
    /// What workspaces are made of: image, user, apps, parameters, defaults.
    Template,
    TemplateSpec,
    TemplateStatus
);

/// What a template gives.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct TemplateSpec {
    /// Its title for people.
    pub title: String,
    /// One or two sentences for people.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub description: String,
    /// Name of the `Image` that workspaces start from.
    pub image: String,
    /// Who works inside.
    #[serde(default)]
    pub user: User,
    /// What a browser can open.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub apps: Vec<App>,
    /// What a user may choose when creating a workspace.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub parameters: Vec<Parameter>,
    /// Variables of every process inside. `${NAME}` stands for a parameter.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub env: BTreeMap<String, String>,
    /// What workspaces reserve and may use where they do not say it.
    #[serde(default, skip_serializing_if = "Resources::is_empty")]
    pub resources: Resources,
    /// Where workspaces can connect to.
    #[serde(default)]
    pub network: Network,
    /// What is the first process.
    #[serde(default, skip_serializing_if = "is_default")]
    pub init: Init,
    /// Whether containers can be run inside, and which.
    #[serde(default, skip_serializing_if = "is_default")]
    pub nesting: Nesting,
    /// What of a workspace outlives its stop.
    #[serde(default, skip_serializing_if = "is_default")]
    pub persistence: Persistence,
}

/// What is the first process of a workspace.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Init {
    /// Toft's agent: a machine of apps, terminals and commands, up in a moment.
    #[default]
    Agent,
    /// The image's own init (systemd, busybox, `/sbin/init`), with the agent beside it: a whole
    /// server. It may mount and configure its network and its control groups, within its user namespace.
    System,
}

/// How much of what runs containers works inside. None of it is privileged on the host.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Nesting {
    /// No containers: neither namespaces nor mounts can be made inside.
    #[default]
    None,
    /// Rootless containers, as of podman: namespaces and mounts inside of those.
    Containers,
    /// Docker: root inside may mount, and configure its network and its control groups.
    Docker,
}

/// What of a workspace outlives its stop. A delete takes everything, whatever is said here.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Persistence {
    /// Nothing: each start is the first one.
    None,
    /// The home. The rest of the machine is the image's again at each start, the newest one that
    /// there is.
    Home,
    /// Everything: home and machine, such as packages that were installed. The machine stays with
    /// the image that it was begun on.
    #[default]
    Machine,
}

/// The person inside a workspace.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct User {
    /// Login name.
    pub name: String,
    /// User and group id.
    pub uid: u32,
    /// Home directory, where the workspace's volume is mounted.
    pub home: String,
    /// Login shell.
    pub shell: String,
    /// Groups of the image that they are members of, beside their own.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub groups: Vec<String>,
}

/// Something that a browser opens, or a program that others need.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct App {
    /// Its name in URLs.
    pub name: String,
    /// Its title for people.
    pub title: String,
    /// How it is opened.
    #[serde(default)]
    pub kind: AppKind,
    /// The port that a `web` app answers on, on any address of the workspace, loopback included.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub port: Option<u16>,
    /// The program and its arguments that the agent keeps running; none where something else
    /// starts it. `${NAME}` stands for a parameter.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub command: Vec<String>,
    /// More variables for it. `${NAME}` stands for a parameter.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub env: BTreeMap<String, String>,
    /// Who runs its command: a user of the image; the workspace's person if left out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub user: Option<String>,
    /// A path that answers with a status below 500 when it is ready; otherwise an open port or
    /// socket is enough.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ready_path: Option<String>,
    /// The unix socket on which a `service` answers when it is ready; a running process is, if left
    /// out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ready_socket: Option<String>,
}

/// How an app is opened.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum AppKind {
    /// A shell in the browser, kept by the agent.
    Terminal,
    /// A page of the workspace's own, under a host name of its own.
    #[default]
    Web,
    /// A program without a page, which the agent keeps running.
    Service,
}

/// A choice of the user.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Parameter {
    /// Its name in `--param NAME=VALUE` and `${NAME}`.
    pub name: String,
    /// Its title for people.
    pub title: String,
    /// One sentence for people.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub description: String,
    /// What it is when nothing is chosen.
    #[serde(default)]
    pub default: String,
    /// The values that it may have; any text where empty.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub options: Vec<String>,
}

/// Where workspaces can connect to, beside their owner's other workspaces.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Network {
    /// How far out.
    #[serde(default)]
    pub egress: Egress,
    /// Networks of the LAN, as `192.168.1.0/24`, with egress `lan`.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub lan: Vec<String>,
}

/// How far out workspaces can connect.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Egress {
    /// Nowhere.
    None,
    /// To public addresses, not to private ones.
    #[default]
    Internet,
    /// To the networks that `lan` names and nothing else; `0.0.0.0/0` there is everything.
    Lan,
}

/// What Toft knows about a template.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct TemplateStatus {
    /// Whether it came with Toft; such a one follows Toft's version.
    #[serde(default)]
    pub built_in: bool,
}

// === impl TemplateSpec ===

impl TemplateSpec {
    pub(crate) fn check(&self, checks: &mut Checks) {
        checks.ensure(
            !self.title.trim().is_empty(),
            "spec.title",
            "must not be empty, for example 'Shell'",
        );
        checks.name("spec.image", &self.image, name::OBJECT_MAX);
        self.user.check(checks);
        self.resources.check("spec.resources", checks);
        let mut names = BTreeSet::new();
        for (index, app) in self.apps.iter().enumerate() {
            let field = format!("spec.apps[{index}]");
            if !names.insert(&app.name) {
                checks.duplicate(format!("{field}.name"), format!("'{}' is there twice", app.name));
            }
            app.check(&field, checks);
        }
        let mut names = BTreeSet::new();
        for (index, parameter) in self.parameters.iter().enumerate() {
            let field = format!("spec.parameters[{index}]");
            if !names.insert(&parameter.name) {
                checks.duplicate(
                    format!("{field}.name"),
                    format!("'{}' is there twice", parameter.name),
                );
            }
            parameter.check(&field, checks);
        }
        checks.ensure(
            self.network.lan.is_empty() || self.network.egress == Egress::Lan,
            "spec.network.lan",
            "needs egress 'lan'",
        );
    }

    /// The value of every parameter: what `chosen` says, the default otherwise.
    ///
    /// # Errors
    /// A parameter that the template does not have, or a value that it does not allow.
    pub fn resolve(
        &self,
        chosen: &BTreeMap<String, String>,
    ) -> Result<BTreeMap<String, String>, crate::Invalid> {
        let mut checks = Checks::default();
        let known: Vec<&str> = self
            .parameters
            .iter()
            .map(|parameter| parameter.name.as_str())
            .collect();
        for key in chosen.keys().filter(|key| !known.contains(&key.as_str())) {
            let known = if known.is_empty() {
                "it has none".to_owned()
            } else {
                format!("it has {}", known.join(", "))
            };
            checks.invalid(
                format!("spec.parameters.{}", crate::validate::clip(key)),
                format!("the template has no such parameter: {known}"),
            );
        }
        let mut values = BTreeMap::new();
        for parameter in &self.parameters {
            let value = chosen.get(&parameter.name).unwrap_or(&parameter.default);
            if !parameter.options.is_empty() && !parameter.options.contains(value) {
                let message = format!(
                    "'{}' must be one of {}",
                    crate::validate::clip(value),
                    parameter.options.join(", ")
                );
                checks.invalid(format!("spec.parameters.{}", parameter.name), message);
            }
            values.insert(parameter.name.clone(), value.clone());
        }
        checks.finish().map(|()| values)
    }
}

/// Replaces each `${NAME}` whose name is among `values`; everything else stays as it is.
pub fn expand(text: &str, values: &BTreeMap<String, String>) -> String {
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(start) = rest.find("${") {
        let (before, from) = rest.split_at(start);
        out.push_str(before);
        let known = from[2..]
            .find('}')
            .and_then(|end| values.get(&from[2..2 + end]).map(|value| (value, end + 3)));
        match known {
            Some((value, length)) => {
                out.push_str(value);
                rest = &from[length..];
            }
            None => {
                out.push_str("${");
                rest = &from[2..];
            }
        }
    }
    out + rest
}

// === impl User ===

impl Default for User {
    fn default() -> Self {
        Self {
            name: "toft".into(),
            uid: 1000,
            home: "/home/toft".into(),
            shell: "/bin/bash".into(),
            groups: Vec::new(),
        }
    }
}

impl User {
    fn check(&self, checks: &mut Checks) {
        checks.name("spec.user.name", &self.name, 31);
        checks.ensure(
            (1..65_534).contains(&self.uid),
            "spec.user.uid",
            "must be between 1 and 65533, for example 1000",
        );
        for (field, path) in [("spec.user.home", &self.home), ("spec.user.shell", &self.shell)] {
            checks.ensure(
                is_plain_path(path),
                field,
                "must be an absolute path without '..', for example '/home/toft'",
            );
        }
        for (index, group) in self.groups.iter().enumerate() {
            checks.ensure(
                is_account(group),
                format!("spec.user.groups[{index}]"),
                "must be the name of a group of the image, for example 'docker'",
            );
        }
    }
}

/// Whether something is what holds where nothing is said.
fn is_default<T: Default + PartialEq>(value: &T) -> bool {
    *value == T::default()
}

/// A name as `adduser` takes it.
fn is_account(name: &str) -> bool {
    name.len() < 32
        && name.starts_with(|c: char| c.is_ascii_lowercase() || c == '_')
        && name
            .chars()
            .all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || matches!(c, '-' | '_'))
}

fn is_plain_path(path: &str) -> bool {
    path.len() < 256
        && path.strip_prefix('/').is_some_and(|rest| {
            !rest.is_empty() && rest.split('/').all(|part| !matches!(part, "" | "." | ".."))
        })
        && !path.chars().any(|c| c.is_control() || c == ':')
}

// === impl App ===

impl App {
    fn check(&self, field: &str, checks: &mut Checks) {
        checks.name(&format!("{field}.name"), &self.name, name::APP_MAX);
        checks.ensure(
            !self.title.trim().is_empty(),
            format!("{field}.title"),
            "must not be empty",
        );
        match self.kind {
            AppKind::Web => checks.ensure(
                self.port.is_some_and(|port| port > 0),
                format!("{field}.port"),
                "a web app needs its port, for example 8080",
            ),
            AppKind::Terminal => checks.ensure(
                self.port.is_none(),
                format!("{field}.port"),
                "a terminal has no port",
            ),
            AppKind::Service => {
                checks.ensure(
                    self.port.is_none(),
                    format!("{field}.port"),
                    "a service has no page; make it a web app, or leave the port out: any that listens is reached by its number",
                );
                checks.ensure(
                    !self.command.is_empty(),
                    format!("{field}.command"),
                    "a service needs its command, for example [dockerd]",
                );
            }
        }
        if let Some(user) = &self.user {
            checks.ensure(
                is_account(user),
                format!("{field}.user"),
                "must be the name of a user of the image, for example 'root'",
            );
        }
        self.check_ready(field, checks);
    }

    fn check_ready(&self, field: &str, checks: &mut Checks) {
        checks.ensure(
            self.kind != AppKind::Service || self.ready_path.is_none() || self.ready_socket.is_some(),
            format!("{field}.readyPath"),
            "needs a readySocket to be asked at",
        );
        if let Some(path) = &self.ready_socket {
            checks.ensure(
                self.kind == AppKind::Service && is_plain_path(path) && path.len() < 100,
                format!("{field}.readySocket"),
                "is for services, an absolute path without '..', for example '/run/docker.sock'",
            );
        }
        if let Some(path) = &self.ready_path {
            let good = path.starts_with('/') && path.bytes().all(|b| b.is_ascii_graphic());
            checks.ensure(
                good,
                format!("{field}.readyPath"),
                "must begin with '/' and hold no spaces, for example '/healthz'",
            );
        }
    }
}

// === impl Parameter ===

impl Parameter {
    fn check(&self, field: &str, checks: &mut Checks) {
        let good = !self.name.is_empty()
            && self.name.len() <= 40
            && self.name.starts_with(|c: char| c.is_ascii_alphabetic())
            && self.name.chars().all(|c| c.is_ascii_alphanumeric() || c == '_');
        checks.ensure(
            good,
            format!("{field}.name"),
            "must be letters, digits and '_', for example 'timezone'",
        );
        checks.ensure(
            self.options.is_empty() || self.options.contains(&self.default),
            format!("{field}.default"),
            "must be one of the options",
        );
    }
}

#[cfg(test)]
mod tests;
