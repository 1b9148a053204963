//! The JSON formats against the schemas that their makers publish, where those are beside the project.

use super::city_of_each;
use super::schemas::folder;
use jsonschema::Draft;
use serde_json::{Value, json};
use std::path::Path;

#[tokio::test(flavor = "multi_thread")]
async fn apds_is_what_its_document_says() {
    let Some(folder) = folder("apds") else { return };
    let document: Value = read(&folder.join("APDS_API_bundled.json"));
    let list = |path: &str| {
        let schema = format!("#/paths/~1{path}/get/responses/200/content/application~1json/schema");
        inlined(&document, at(&document, &schema))
    };
    // The document lets a place be one of five shapes and no more than one; whatever is a place is a campus to the letter
    // too. So each is held against the shape that it says it is, and the list against the rest.
    let mut places = list("places");
    let place = places["allOf"][1]["properties"]["data"]["items"]["oneOf"][1].clone();
    assert_eq!(place["title"], "Place");
    places["allOf"][1]["properties"]["data"]["items"] = place;
    let city = city_of_each().await;
    for (path, schema, found) in [
        ("places", &places, 8),
        ("places?expand=occupancy", &places, 8),
        ("places?latitude=30.9&longitude=120.1&radius=1500&expand=all", &places, 2),
        ("observations", &list("observations"), 6),
        ("observations?place=330502-001,330502-full,none", &list("observations"), 2),
    ] {
        let answer = city.get(&format!("/open/v1/apds/{path}"), None).await.json();
        assert_eq!(answer["data"].as_array().unwrap().len(), found, "{path}: {answer}");
        assert_eq!(answer["meta"]["total"], found);
        hold(schema, &answer, path);
    }
    let one = &places["allOf"][1]["properties"]["data"]["items"];
    hold(one, &city.get("/open/v1/apds/places/330502-001?expand=all", None).await.json(), "one place");
    let one = &list("observations")["allOf"][1]["properties"]["data"]["items"];
    hold(one, &city.get("/open/v1/apds/observations/330502-001", None).await.json(), "one observation");
    assert!(validator(&places).validate(&json!({"data": [{"id": "x"}]})).is_err(), "the schema is read");
}

#[tokio::test(flavor = "multi_thread")]
async fn entities_are_what_their_models_say() {
    let Some(folder) = folder("ngsi-ld") else { return };
    let city = city_of_each().await;
    for (kind, found) in [("OffStreetParking", 5), ("OnStreetParking", 3)] {
        let mut schema = read(&folder.join(format!("{kind}.schema.json")));
        without_common(&mut schema);
        let answer = city.get(&format!("/open/v1/ngsi-ld/entities?type={kind}"), None).await.json();
        let entities = answer.as_array().unwrap();
        assert_eq!(entities.len(), found, "{answer}");
        for entity in entities {
            hold(&schema, entity, kind);
        }
        let mut wrong = entities[0].clone();
        wrong["type"] = json!("Parking");
        assert!(validator(&schema).validate(&wrong).is_err(), "the schema is read");
    }
}

fn read(path: &Path) -> Value {
    serde_json::from_slice(&std::fs::read(path).unwrap()).unwrap()
}

fn validator(schema: &Value) -> jsonschema::Validator {
    jsonschema::options().with_draft(Draft::Draft202012).should_validate_formats(true).build(schema).unwrap()
}

fn hold(schema: &Value, instance: &Value, what: &str) {
    let validator = validator(schema);
    let wrong: Vec<_> =
        validator.iter_errors(instance).map(|error| format!("{}: {error}", error.instance_path())).collect();
    assert!(wrong.is_empty(), "{what}: {wrong:#?}\n{instance:#}");
}

/// What a reference leads to, through others on its way.
fn at<'d>(document: &'d Value, reference: &str) -> &'d Value {
    let steps = reference.trim_start_matches("#/").split('/');
    let found = steps.fold(document, |here, step| {
        let step = percent_encoding::percent_decode_str(step).decode_utf8().unwrap();
        let step = step.replace("~1", "/").replace("~0", "~");
        let here = followed(document, here);
        match here {
            Value::Array(items) => &items[step.parse::<usize>().unwrap()],
            here => &here[&step],
        }
    });
    followed(document, found)
}

fn followed<'d>(document: &'d Value, here: &'d Value) -> &'d Value {
    here["$ref"].as_str().map_or(here, |reference| at(document, reference))
}

/// A schema without references: those of the document lead through other references, which no validator follows.
fn inlined(document: &Value, schema: &Value) -> Value {
    match followed(document, schema) {
        Value::Object(fields) => {
            // OpenAPI 3.0 says it by another word than JSON schema.
            let fields =
                fields.iter().filter(|(name, value)| *name != "exclusiveMinimum" || !value.is_boolean());
            fields.map(|(name, value)| (name.clone(), inlined(document, value))).collect()
        }
        Value::Array(items) => items.iter().map(|item| inlined(document, item)).collect(),
        plain => plain.clone(),
    }
}

/// The models' common part is elsewhere: it is taken to allow everything.
fn without_common(schema: &mut Value) {
    match schema {
        Value::Object(fields) if fields.contains_key("$ref") => *schema = json!({}),
        Value::Object(fields) => fields.values_mut().for_each(without_common),
        Value::Array(items) => items.iter_mut().for_each(without_common),
        _ => {}
    }
}
