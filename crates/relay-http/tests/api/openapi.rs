use std::collections::{BTreeMap, BTreeSet};

use axum::http::Method;
use serde_json::Value;

use crate::world::{EMAIL, JSON, STRANGE_TOKEN, World, request, send};

async fn document(world: &World) -> Value {
    let answer = world.get("/openapi.json").await;
    assert_eq!(answer.header("content-type"), "application/json");
    answer.json()
}

/// The methods of each path in the document.
fn documented(document: &Value) -> BTreeMap<String, BTreeSet<String>> {
    let paths = document["paths"].as_object().unwrap();
    let methods = |item: &Value| {
        item.as_object()
            .unwrap()
            .keys()
            .map(|method| method.to_uppercase())
            .collect()
    };
    paths.iter().map(|(path, item)| (path.clone(), methods(item))).collect()
}

/// The paths that the router was given, read from the one place where they stand.
fn routed() -> BTreeSet<String> {
    let source = include_str!("../../src/router.rs");
    let routes = source.split(".route(").skip(1);
    routes
        .map(|route| route.split('"').nth(1).unwrap().to_owned())
        .collect()
}

#[tokio::test(start_paused = true)]
async fn the_document_has_every_path_and_no_other() {
    let world = World::new().await;
    let documented = documented(&document(&world).await);
    assert_eq!(documented.keys().cloned().collect::<BTreeSet<_>>(), routed());
}

#[tokio::test(start_paused = true)]
async fn the_document_has_every_method_and_no_other() {
    let world = World::new().await;
    for (path, methods) in documented(&document(&world).await) {
        let uri = path.replace("{token}", "x").replace("{key}", "x");
        let refused = send(&world.router, request(Method::PATCH, &uri, &[], "")).await;
        let allowed = refused
            .header("allow")
            .split(',')
            .filter(|method| *method != "HEAD")
            .map(str::to_owned);
        assert_eq!(allowed.collect::<BTreeSet<_>>(), methods, "{path}");
    }
}

#[tokio::test(start_paused = true)]
async fn the_document_holds_together() {
    let world = World::new().await;
    let document = document(&world).await;
    assert!(document["openapi"].as_str().unwrap().starts_with("3.1."));
    assert_eq!(document["info"]["version"], "1.2.3");
    assert_eq!(document["servers"][0]["url"], "https://relay.example/v1");
    let mut refs = 0;
    each(&document, &mut |value| {
        if let Some(target) = value.get("$ref").and_then(Value::as_str) {
            refs += 1;
            let pointer = target.strip_prefix('#').unwrap();
            assert!(document.pointer(pointer).is_some(), "{target}");
        }
    });
    assert!(refs > 20);

    let mut linked = BTreeSet::new();
    each(&document, &mut |value| {
        for (_, link) in value.get("links").and_then(Value::as_object).into_iter().flatten() {
            linked.extend(link["operationId"].as_str().map(str::to_owned));
        }
    });
    let mut ids = BTreeSet::new();
    for (path, item) in document["paths"].as_object().unwrap() {
        for (method, operation) in item.as_object().unwrap() {
            let id = operation["operationId"].as_str().unwrap();
            assert!(ids.insert(id.to_owned()), "{id} twice");
            assert!(operation["summary"].is_string(), "{method} {path}");
            // Each part of the path that varies is described, and nothing else as such.
            let named = operation["parameters"].as_array().into_iter().flatten();
            let in_path: Vec<_> = named
                .filter(|p| p["in"] == "path")
                .map(|p| p["name"].as_str().unwrap())
                .collect();
            let varying: Vec<_> = path.split(['{', '}']).skip(1).step_by(2).collect();
            assert_eq!(in_path, varying, "{path}");
            // Every refusal is a problem document; those of the health checks say more beside it.
            let problem = match path.as_str() {
                "/healthz" | "/readyz" => "#/components/schemas/Failing",
                _ => "#/components/schemas/Problem",
            };
            // A page is a page, whatever its status.
            let is_page = operation["tags"][0] == "pages";
            for (status, answer) in operation["responses"].as_object().unwrap() {
                if is_page || status.starts_with('3') {
                    assert!(
                        answer["content"]["text/html"].is_object() || status == "303",
                        "{method} {path} {status}"
                    );
                } else if !status.starts_with('2') {
                    let schema = &answer["content"]["application/problem+json"]["schema"]["$ref"];
                    assert_eq!(schema, problem, "{method} {path} {status}");
                }
            }
            for requirement in operation["security"].as_array().into_iter().flatten() {
                for scheme in requirement.as_object().unwrap().keys() {
                    assert!(
                        document["components"]["securitySchemes"][scheme].is_object(),
                        "{scheme}"
                    );
                }
            }
        }
    }
    assert!(linked.len() == 3 && linked.is_subset(&ids), "{linked:?}");
}

#[tokio::test(start_paused = true)]
async fn what_needs_no_token_says_so() {
    let world = World::new().await;
    let document = document(&world).await;
    assert_eq!(document["security"], serde_json::json!([{"bearer": []}, {"query": []}]));
    for path in [
        "/poll/{key}",
        "/healthz",
        "/livez",
        "/readyz",
        "/",
        "/register",
        "/openapi.json",
        "/get/{token}",
    ] {
        assert_eq!(
            document["paths"][path]["get"]["security"],
            serde_json::json!([{}]),
            "{path}"
        );
    }
    assert_eq!(document["paths"]["/get"]["get"].get("security"), None);
}

/// In each of the three ways, and the document has all of them.
#[tokio::test(start_paused = true)]
async fn each_call_with_a_token_takes_it_in_each_way() {
    let world = World::new().await;
    let document = document(&world).await;
    let bearer = format!("Bearer {STRANGE_TOKEN}");
    let mut calls = BTreeSet::new();
    for (path, item) in document["paths"].as_object().unwrap() {
        for (method, operation) in item.as_object().unwrap() {
            // Else the call needs no token, or has it in its path.
            if operation.get("security").is_some() {
                continue;
            }
            calls.insert(format!("{method} {path}"));
            let in_path = &document["paths"][format!("{path}/{{token}}")][method];
            assert!(in_path.is_object(), "{method} {path} with the token in the path");
            let method = Method::from_bytes(method.to_uppercase().as_bytes()).unwrap();
            let query = format!("email={EMAIL}&code=482913");
            for (uri, headers) in [
                (
                    format!("{path}?{query}"),
                    &[("authorization", bearer.as_str()), JSON[0]][..],
                ),
                (format!("{path}?{query}&token={STRANGE_TOKEN}"), JSON),
                (format!("{path}/{STRANGE_TOKEN}?{query}"), JSON),
            ] {
                let body = format!(r#"{{"email":"{EMAIL}"}}"#);
                let answer = send(&world.router, request(method.clone(), &uri, headers, body)).await;
                let refused = answer.json();
                let status = refused.get("status").unwrap_or(&refused["data"]["status"]);
                assert_eq!(status, 403, "{method} {uri}: {answer}");
            }
        }
    }
    assert_eq!(
        calls.into_iter().collect::<Vec<_>>(),
        [
            "delete /enrolment",
            "get /add",
            "get /clear",
            "get /get",
            "get /status",
            "post /add",
            "post /enrolment/token",
            "post /mail",
            "post /prepare-arlo-mfa",
        ]
    );
}

/// The last one ends the enrolment.
#[tokio::test(start_paused = true)]
async fn the_token_in_the_path_is_taken() {
    let world = World::new().await;
    assert_eq!(world.get(&format!("/status/{}", world.token)).await.status, 200);
    let replaced = world
        .post(&format!("/enrolment/token/{}", world.token), &[], "")
        .await
        .json();
    let token = replaced["token"].as_str().unwrap();
    assert_eq!(world.delete(&format!("/enrolment/{token}"), &[]).await.status, 204);
    assert_eq!(world.get(&format!("/status/{token}")).await.status, 403);
}

fn each(value: &Value, visit: &mut impl FnMut(&Value)) {
    visit(value);
    match value {
        Value::Array(items) => items.iter().for_each(|item| each(item, visit)),
        Value::Object(members) => members.values().for_each(|member| each(member, visit)),
        _ => {}
    }
}
