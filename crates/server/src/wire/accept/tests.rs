use super::*;

fn form_of(accept: &str) -> Form {
    let mut headers = HeaderMap::new();
    headers.insert(header::ACCEPT, accept.parse().unwrap());
    form(&headers)
}

#[test]
fn the_first_known_choice_counts() {
    let kubectl = "application/json;as=Table;v=v1;g=meta.k8s.io,application/json;as=Table;v=v1beta1;g=meta.k8s.io,application/json";
    assert_eq!(form_of(kubectl), Form::Table);
    assert_eq!(
        form_of("application/json;as=Table;v=v1beta1;g=meta.k8s.io,application/json"),
        Form::Objects
    );
    assert_eq!(
        form_of("application/json;as=PartialObjectMetadataList;g=meta.k8s.io;v=v1"),
        Form::Metadata
    );
    assert_eq!(form_of("application/json"), Form::Objects);
    assert_eq!(form_of("application/vnd.kubernetes.protobuf,*/*"), Form::Objects);
    assert_eq!(form_of("text/html"), Form::Objects);
}
