use std::time::Duration;

use axum::http::Method;
use insta::assert_snapshot;
use relay::Registration;
use relay::ports::ManageEnrolments;
use tokio::time::{Instant, sleep};

use crate::world::{Answer, EMAIL, JSON, STRANGE_TOKEN, World, request, send};

const SECOND: Duration = Duration::from_secs(1);
const FORM: &[(&str, &str)] = &[("content-type", "application/x-www-form-urlencoded")];

/// What the client relies on, whatever the answer says.
fn check_shape(answer: &Answer) {
    assert_eq!(answer.status, 200, "{answer}");
    assert_eq!(answer.header("content-type"), "application/json");
    let json = answer.json();
    let success = json["data"]["success"].as_bool().unwrap();
    assert_eq!(json["meta"]["code"], if success { 200 } else { 400 });
    if !success {
        assert!(json["data"]["error"].is_string());
        assert!(json["data"]["code"].is_null());
    }
}

#[tokio::test(start_paused = true)]
async fn a_login_as_pyaarlo_does_it() {
    let world = World::new().await;
    assert_snapshot!(world.get(&world.uri("clear")).await, @r#"
    200 application/json
    {"meta":{"code":200},"data":{"success":true,"email":"casey@example.org"}}
    "#);
    let uri = world.uri("get");
    let start = Instant::now();
    assert_snapshot!(world.get(&uri).await, @r#"
    200 application/json
    {"meta":{"code":400},"data":{"success":false,"error":"no code yet","code":null}}
    "#);
    assert_eq!(start.elapsed(), 8 * SECOND);

    let (found, ()) = tokio::join!(world.get(&uri), async {
        sleep(3 * SECOND).await;
        world.add_code("012345").await;
    });
    assert_eq!(start.elapsed(), 11 * SECOND);
    assert_snapshot!(found, @r#"
    200 application/json
    {"meta":{"code":200},"data":{"success":true,"email":"casey@example.org","code":"012345","timestamp":"1800000011"}}
    "#);
    // Whoever asks again is told again, until the next login.
    assert_eq!(world.get(&uri).await.json()["data"]["code"], "012345");
    world.get(&world.uri("clear")).await;
    assert!(world.get(&uri).await.json()["data"]["code"].is_null());
}

#[tokio::test(start_paused = true)]
async fn without_a_login_there_is_nothing_to_wait_for() {
    let world = World::new().await;
    let start = Instant::now();
    assert_snapshot!(world.get(&world.uri("get")).await, @r#"
    200 application/json
    {"meta":{"code":400},"data":{"success":false,"error":"no login waits for a code: call /clear first","code":null}}
    "#);
    assert_snapshot!(world.get(&(world.uri("add") + "&code=482913")).await, @r#"
    200 application/json
    {"meta":{"code":400},"data":{"success":false,"error":"No login of this account waits for a code.","code":null,"status":400}}
    "#);
    assert_eq!(start.elapsed(), Duration::ZERO);
}

#[tokio::test(start_paused = true)]
async fn a_login_that_expires_while_it_is_asked_for_is_over() {
    let world = World::new().await;
    world.get(&world.uri("clear")).await;
    sleep(296 * SECOND).await;
    let answer = world.get(&world.uri("get")).await;
    check_shape(&answer);
    assert_eq!(
        answer.json()["data"]["error"],
        "no login waits for a code: call /clear first"
    );
}

#[tokio::test(start_paused = true)]
async fn draining_ends_the_wait() {
    let world = World::new().await;
    world.get(&world.uri("clear")).await;
    let uri = world.uri("get");
    let start = Instant::now();
    let (answer, ()) = tokio::join!(world.get(&uri), async {
        sleep(SECOND).await;
        world.draining.send(true).unwrap();
    });
    assert_eq!(answer.json()["data"]["error"], "no code yet");
    assert_eq!(start.elapsed(), SECOND);
}

#[tokio::test(start_paused = true)]
async fn a_code_is_handed_in_by_query_or_form() {
    let world = World::new().await;
    let token = &world.token;
    let auth = format!("Bearer {token}");
    let (get, post) = (Method::GET, Method::POST);
    for (method, uri, headers, body) in [
        (get.clone(), world.uri("add") + "&code=482913", vec![], String::new()),
        (
            get.clone(),
            format!("/add/{token}?email={EMAIL}&msg=Your+code+is%20482913."),
            vec![],
            String::new(),
        ),
        (
            get,
            format!(
                "/add?email={EMAIL}&msg={}",
                "%EC%BD%94%EB%93%9C 482913.".replace(' ', "%20")
            ),
            vec![("authorization", auth.as_str())],
            String::new(),
        ),
        (post.clone(), world.uri("add") + "&code=482913", vec![], String::new()),
        (
            post.clone(),
            "/add".to_owned(),
            FORM.to_vec(),
            format!("email=casey+x@example.org&token={token}&msg=Code+482913.%0A%0A@arlo.com+%23482913"),
        ),
        (
            post,
            world.uri("add"),
            FORM.to_vec(),
            "code=482913&email=robin@example.org".to_owned(),
        ),
    ] {
        // A code that comes twice within a minute is one.
        sleep(61 * SECOND).await;
        let path = world.prestaged().await;
        let answer = send(&world.router, request(method, &uri, &headers, body)).await;
        check_shape(&answer);
        assert_eq!(answer.json()["data"]["code"], "482913", "{uri} {answer}");
        assert_eq!(world.get(&path).await.json()["code"], "482913", "{uri}");
    }
}

#[tokio::test(start_paused = true)]
async fn what_holds_no_code_ends_nothing() {
    let world = World::new().await;
    let path = world.prestaged().await;
    let mut errors = String::new();
    for query in [
        "",
        "&code=",
        "&msg=",
        "&code=12345",
        "&code=abcdef",
        "&code=１２３４５６",
        "&msg=hello",
        "&msg=123456+or+654321",
    ] {
        // What is not ASCII cannot stand in a request line.
        let uri = world.uri("add") + &query.replace("１２３４５６", "%EF%BC%91%EF%BC%92%EF%BC%93");
        let answer = world.get(&uri).await;
        check_shape(&answer);
        errors += &format!("{query} => {}\n", answer.json()["data"]["error"]);
    }
    assert_snapshot!(errors, @r#"
     => "The call needs code= or msg=."
    &code= => "The call needs code= or msg=."
    &msg= => "The call needs code= or msg=."
    &code=12345 => "A code has six digits."
    &code=abcdef => "A code has six digits."
    &code=１２３４５６ => "A code has six digits."
    &msg=hello => "no code in the message"
    &msg=123456+or+654321 => "no code in the message"
    "#);
    assert_eq!(world.get(&path).await.json()["status"], "pending");
}

#[tokio::test(start_paused = true)]
async fn an_unescaped_plus_is_a_plus() {
    let world = World::new().await;
    let token = &world.token;
    for email in [
        "casey+cam@example.org",
        "casey%2Bcam@example.org",
        "casey%20cam@example.org",
    ] {
        let clear = world.get(&format!("/clear?email={email}&token={token}")).await;
        assert_eq!(clear.json()["data"]["email"], "casey+cam@example.org");
        world.add_code("482913").await;
        let get = world.get(&format!("/get?email={email}&token={token}")).await;
        assert_eq!(get.json()["data"]["code"], "482913", "{email}");
        sleep(61 * SECOND).await;
    }
}

#[tokio::test(start_paused = true)]
async fn whatever_goes_wrong_the_answer_keeps_its_shape() {
    let world = World::new().await;
    let token = &world.token;
    let mut errors = String::new();
    for uri in [
        "/clear".to_owned(),
        format!("/clear?email={EMAIL}"),
        format!("/clear?token={token}"),
        format!("/clear?email=nobody&token={token}"),
        format!("/clear?email=robin@example.org&token={token}"),
        format!("/get?email={EMAIL}&token={STRANGE_TOKEN}"),
        format!("/get?email=robin@example.org&token={STRANGE_TOKEN}"),
        format!("/get?email={EMAIL}&token=the-arlo-password"),
        format!("/get/%ff?email={EMAIL}"),
        format!("/add?email={EMAIL}&token={STRANGE_TOKEN}&code=123456"),
        "/register_done?email=robin@example.org".to_owned(),
        "/register_done".to_owned(),
    ] {
        let answer = world.get(&uri).await;
        check_shape(&answer);
        let shown = uri.replace(token, "TOKEN").replace(STRANGE_TOKEN, "STRANGE");
        errors += &format!("{shown} => {}\n", answer.json()["data"]["error"]);
    }
    assert_snapshot!(errors, @r#"
    /clear => "An access token is needed: as Authorization: Bearer, as token= in the query, or as the last part of the path."
    /clear?email=casey@example.org => "An access token is needed: as Authorization: Bearer, as token= in the query, or as the last part of the path."
    /clear?token=TOKEN => "The query needs email= with the address of the Arlo account."
    /clear?email=nobody&token=TOKEN => "The address needs the form name@domain."
    /clear?email=robin@example.org&token=TOKEN => "This token does not give access to this account."
    /get?email=casey@example.org&token=STRANGE => "This token does not give access to this account."
    /get?email=robin@example.org&token=STRANGE => "This token does not give access to this account."
    /get?email=casey@example.org&token=the-arlo-password => "This token does not give access to this account."
    /get/%ff?email=casey@example.org => "An access token is needed: as Authorization: Bearer, as token= in the query, or as the last part of the path."
    /add?email=casey@example.org&token=STRANGE&code=123456 => "This token does not give access to this account."
    /register_done?email=robin@example.org => "Registration is closed here: ask the operator to run arlo-relay enroll for your account."
    /register_done => "Registration is closed here: ask the operator to run arlo-relay enroll for your account."
    "#);

    let large = world.post("/add", FORM, "a".repeat(64 * 1024 + 1)).await;
    check_shape(&large);
    assert_snapshot!(large.body, @r#"{"meta":{"code":400},"data":{"success":false,"error":"The body is larger than the 65536 bytes that this call takes.","code":null,"status":413}}"#);
    let other = world.post("/add", &[("content-type", "application/json")], "{}").await;
    check_shape(&other);
}

#[tokio::test(start_paused = true)]
async fn too_many_logins_say_when_to_come_back() {
    let world = World::new().await;
    for _ in 0..relay::MAX_PENDING {
        world.prestaged().await;
    }
    assert_snapshot!(world.get(&world.uri("clear")).await, @r#"
    200 application/json
    {"meta":{"code":400},"data":{"success":false,"error":"Too many logins of this enrolment wait for a code already; the oldest makes room when it expires.","code":null,"status":429,"retry_after":300}}
    "#);
}

#[tokio::test(start_paused = true)]
async fn an_open_relay_registers_in_the_bare_shape() {
    let world = World::registering(Registration::Open).await;
    // A GET is a link that anything may follow: it changes nothing.
    let asked = world.get("/register_done?email=robin@example.org").await;
    check_shape(&asked);
    assert!(asked.body.contains("A GET changes nothing here"), "{asked}");
    assert_eq!(world.store.list().await.unwrap().len(), 1);
    let answer = world
        .post("/register_done", FORM, "email=robin%2Bcam@example.org")
        .await;
    assert_eq!(answer.status, 200);
    let json = answer.json();
    let token = json["token"].as_str().unwrap();
    assert!(json["fwd-to"].as_str().unwrap().ends_with("@relay.example"));
    assert_eq!(json["email"], "robin+cam@example.org");
    assert_eq!(json["success"], true);
    assert_eq!(json.as_object().unwrap().len(), 4);
    let clear = world
        .get(&format!("/clear?email=robin@example.org&token={token}"))
        .await;
    assert_eq!(clear.json()["data"]["success"], true);

    // Another client of the account, or a stranger who names it, has an enrolment of its own.
    let again = world
        .post("/register_done?email=robin@example.org", &[], "")
        .await
        .json();
    assert_ne!((&again["token"], &again["fwd-to"]), (&json["token"], &json["fwd-to"]));
    check_shape(&world.post("/register_done", FORM, "email=nobody").await);
    check_shape(&world.post("/register_done", FORM, "").await);
    check_shape(&world.post("/register_done", JSON, "{}").await);
}
