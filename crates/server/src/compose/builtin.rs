//! Templates and images that come with Toft: inside the binary, and made so in the store at
//! every start, because they follow Toft's version.

use rust_embed::RustEmbed;
use serde_json::{Value, json};
use toft_model::Kind;
use toft_store::{Key, Store, StoreError};

use super::ServeError;
use crate::resources::{BUILT_IN, normalize};
use crate::wire::decode;

/// The folder of templates of the source tree.
#[derive(RustEmbed)]
#[folder = "../../templates"]
struct Files;

/// Makes the store hold what came with this version. What a person made under the same name
/// stays as it is.
pub(super) async fn install(store: &Store) -> Result<(), ServeError> {
    for name in ["image.yaml", "template.yaml"] {
        for path in Files::iter().filter(|path| path.ends_with(name)) {
            let broken = |reason: String| ServeError::BuiltIn {
                what: path.to_string(),
                reason,
            };
            let file = Files::get(&path).ok_or_else(|| broken("it is not there".to_owned()))?;
            let object = read(&file.data).map_err(broken)?;
            put(store, object).await?;
        }
    }
    Ok(())
}

fn read(text: &[u8]) -> Result<Value, String> {
    let object = decode::yaml(text).map_err(|error| error.message().to_owned())?;
    let kind = object["kind"]
        .as_str()
        .and_then(Kind::parse)
        .ok_or("it has no kind")?;
    let mut object = normalize(kind, object).map_err(|error| error.message().to_owned())?;
    object["metadata"]["labels"][BUILT_IN] = "true".into();
    if kind == Kind::Template {
        object["status"] = json!({ "builtIn": true });
    }
    Ok(object)
}

async fn put(store: &Store, object: Value) -> Result<(), StoreError> {
    let key = Key::of(&object)?;
    let Some(stored) = store.get(&key).await? else {
        return store.create(object).await.map(|_| ());
    };
    if stored["metadata"]["labels"][BUILT_IN] != "true" {
        tracing::info!(kind = %key.kind, name = key.name, "one of this name was made by hand; the one that came with Toft is left out");
        return Ok(());
    }
    let change = |mut known: Value| {
        known["spec"] = object["spec"].clone();
        known["metadata"]["labels"] = object["metadata"]["labels"].clone();
        if let Some(status) = object.get("status") {
            known["status"] = status.clone();
        }
        Ok::<_, StoreError>(known)
    };
    store.update(&key, None, change).await.map(|_| ())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn what_came_with_toft_is_there_and_follows_its_version() {
        let dir = tempfile::tempdir().unwrap();
        let store = Store::open(dir.path()).await.unwrap();
        install(&store).await.unwrap();
        let key = Key::new(Kind::Template, "", "shell");
        let template = store.get(&key).await.unwrap().unwrap();
        assert_eq!(template["status"]["builtIn"], true);
        let image = Key::new(Kind::Image, "", template["spec"]["image"].as_str().unwrap());
        assert!(store.get(&image).await.unwrap().is_some());
        let older = |mut object: Value| {
            object["spec"]["title"] = "Older".into();
            Ok::<_, StoreError>(object)
        };
        store.update(&key, None, older).await.unwrap();
        install(&store).await.unwrap();
        let latest = store.latest();
        assert_eq!(store.get(&key).await.unwrap().unwrap()["spec"]["title"], "Shell");
        install(&store).await.unwrap();
        assert_eq!(store.latest(), latest, "nothing is written where nothing changed");
    }
}
