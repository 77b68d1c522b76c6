use super::*;
use crate::meta::Resource;

const YAML: &str = "
apiVersion: toft.dev/v1alpha1
kind: Template
metadata: {name: web}
spec:
  title: Web
  image: debian
  apps:
  - {name: terminal, title: Terminal, kind: terminal}
  - {name: site, title: Site, port: 8080, command: [python3, -m, http.server, '${port}'], readyPath: /}
  parameters:
  - {name: port, title: Port, default: '8080'}
  - {name: size, title: Size, default: s, options: [s, l]}
";

fn template() -> Template {
    serde_saphyr::from_str(YAML).unwrap()
}

fn values(pairs: &[(&str, &str)]) -> BTreeMap<String, String> {
    pairs
        .iter()
        .map(|(key, value)| ((*key).to_owned(), (*value).to_owned()))
        .collect()
}

#[test]
fn a_template_is_read_and_valid() {
    assert_eq!(template().validate(), Ok(()));
}

#[test]
fn wrong_fields_are_told_by_path() {
    let mut template = template();
    template.spec.apps[1].port = None;
    template.spec.apps.push(App {
        port: Some(1),
        ..template.spec.apps[0].clone()
    });
    template.spec.user.home = "/home/../root".into();
    template.spec.network.lan.push("10.0.0.0/8".into());
    assert_eq!(
        template.validate().unwrap_err().fields(),
        [
            "spec.user.home",
            "spec.apps[1].port",
            "spec.apps[2].name",
            "spec.apps[2].port",
            "spec.network.lan"
        ]
    );
}

#[test]
fn parameters_resolve_to_choice_or_default() {
    let resolved = template().spec.resolve(&values(&[("size", "l")])).unwrap();
    assert_eq!(resolved, values(&[("port", "8080"), ("size", "l")]));
}

#[test]
fn unknown_parameters_and_values_are_refused() {
    let invalid = template()
        .spec
        .resolve(&values(&[("size", "xl"), ("colour", "red")]))
        .unwrap_err();
    let text = invalid.to_string();
    assert!(
        text.contains("it has port, size") && text.contains("must be one of s, l"),
        "{text}"
    );
}

#[test]
fn only_known_names_are_expanded() {
    let known = values(&[("a", "1"), ("b", "${a}")]);
    assert_eq!(expand("x${a}y${b}${c}$${a", &known), "x1y${a}${c}$${a");
}

#[test]
fn nothing_is_opened_that_was_not_asked_for() {
    let spec = template().spec;
    assert_eq!((spec.init, spec.nesting), (Init::Agent, Nesting::None));
    let asked = YAML.replace("  image:", "  init: system\n  nesting: docker\n  image:");
    let spec = serde_saphyr::from_str::<Template>(&asked).unwrap().spec;
    assert_eq!((spec.init, spec.nesting), (Init::System, Nesting::Docker));
    let wrong = YAML.replace("  image:", "  nesting: privileged\n  image:");
    let told = serde_saphyr::from_str::<Template>(&wrong)
        .unwrap_err()
        .to_string();
    assert!(told.contains("privileged"), "{told}");
}

#[test]
fn a_service_needs_a_command_and_no_page() {
    let mut template = template();
    template.spec.user.groups.push("Docker Users".into());
    template.spec.apps[1] = App {
        kind: AppKind::Service,
        command: Vec::new(),
        user: Some("root;".into()),
        ready_socket: Some("run/docker.sock".into()),
        ..template.spec.apps[1].clone()
    };
    assert_eq!(
        template.validate().unwrap_err().fields(),
        [
            "spec.user.groups[0]",
            "spec.apps[1].port",
            "spec.apps[1].command",
            "spec.apps[1].user",
            "spec.apps[1].readySocket"
        ]
    );
}
