use super::*;

#[test]
fn a_workspace_is_a_row_with_what_people_look_for() {
    let object = json!({
        "metadata": { "name": "dev", "creationTimestamp": "2026-01-01T00:00:00Z" },
        "spec": { "template": "shell" },
        "status": { "phase": "Running", "resources": { "limits": { "cpu": "2", "memory": "2Gi" } },
            "apps": [{ "name": "terminal", "ready": true }] },
    });
    let now = "2026-01-01T03:00:00Z".parse().unwrap();
    let table = table(
        Some(Kind::Workspace),
        &[object],
        json!({}),
        Include::Metadata,
        now,
    );
    let cells = table["rows"][0]["cells"].as_array().unwrap();
    assert_eq!(
        cells[..7],
        ["dev", "shell", "Running", "1/1", "2", "2Gi", "3h"].map(Value::from)
    );
    assert_eq!(cells.len(), table["columnDefinitions"].as_array().unwrap().len());
    assert_eq!(table["rows"][0]["object"]["kind"], "PartialObjectMetadata");
    assert_eq!(table["columnDefinitions"][10]["priority"], 1);
}

#[test]
fn every_kind_has_as_many_cells_as_columns_even_for_an_empty_object() {
    for kind in [
        None,
        Some(Kind::Workspace),
        Some(Kind::Template),
        Some(Kind::Image),
        Some(Kind::Event),
    ] {
        let table = table(
            kind,
            &[json!({})],
            json!({}),
            Include::None,
            Timestamp::UNIX_EPOCH,
        );
        let (cells, columns) = (&table["rows"][0]["cells"], &table["columnDefinitions"]);
        assert_eq!(cells.as_array().unwrap().len(), columns.as_array().unwrap().len());
        assert!(table["rows"][0].get("object").is_none());
    }
}

#[test]
fn ages_are_written_as_kubectl_writes_them() {
    let ages = [-5, 0, 119, 120, 7_199, 7_200, 172_800].map(ago);
    assert_eq!(ages, ["0s", "0s", "119s", "2m", "119m", "2h", "2d"]);
}
