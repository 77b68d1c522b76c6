use axum::http::header;
use serde_json::json;

use super::*;

fn read(media: &str, body: &Value) -> ApiResult<Patch> {
    let mut headers = HeaderMap::new();
    headers.insert(header::CONTENT_TYPE, media.parse().unwrap());
    Patch::read(&headers, body.to_string().as_bytes())
}

#[test]
fn both_kinds_apply() {
    let object = json!({ "a": 1, "b": { "c": 2 } });
    let merge = read(
        "application/merge-patch+json",
        &json!({ "a": null, "b": { "d": 3 } }),
    )
    .unwrap();
    assert_eq!(merge.apply(&object).unwrap(), json!({ "b": { "c": 2, "d": 3 } }));
    let operations =
        json!([{ "op": "test", "path": "/a", "value": 1 }, { "op": "replace", "path": "/b", "value": 5 }]);
    let patch = read("application/json-patch+json", &operations).unwrap();
    assert_eq!(patch.apply(&object).unwrap(), json!({ "a": 1, "b": 5 }));
    assert_eq!(
        patch.apply(&json!({ "a": 2, "b": 0 })).unwrap_err().code(),
        StatusCode::UNPROCESSABLE_ENTITY
    );
}

#[test]
fn others_are_refused_with_what_to_use() {
    for (media, hint) in [
        ("application/apply-patch+yaml", "client-side"),
        ("application/strategic-merge-patch+json", "--type=merge"),
        ("text/plain", "merge-patch"),
    ] {
        let error = read(media, &json!({})).unwrap_err();
        assert_eq!(error.code(), StatusCode::UNSUPPORTED_MEDIA_TYPE);
        assert!(error.message().contains(hint), "{}", error.message());
    }
    assert_eq!(
        read("application/merge-patch+json", &json!([]))
            .unwrap_err()
            .code(),
        StatusCode::BAD_REQUEST
    );
}
