use arlo_mail::{Account, Code};
use relay::testing::{MemoryStore, settings};
use relay::{NewEnrolment, Relay, Shown};
use tokio::sync::watch;

use super::*;
use crate::{PublicUrl, Settings};

#[tokio::test(start_paused = true)]
async fn a_change_that_comes_while_the_state_is_read_is_not_missed() {
    let (_draining, shutdown) = watch::channel(false);
    let http = Settings {
        public_url: PublicUrl::parse("http://relay.example").unwrap(),
        version: "1.2.3",
        shutdown,
    };
    let api = Api::new(Relay::new(settings().0, MemoryStore::default()), http).with_long_poll();
    let relay = &api.relay;
    let account = Account::parse("casey@example.org").unwrap();
    let new = NewEnrolment::for_account(&account);
    let token = relay.enroller().enrol(new).await.unwrap().token;
    let (token, network) = (&token, None);
    let staged = relay.prestage(&account, Shown { token, network }).await.unwrap();

    let read = async || {
        let found = relay.poll(&staged.poll_key).await;
        // The code comes between the store's answer and ours; the second time there is nothing left to end.
        let code = Code::parse("482913").unwrap();
        let _ = relay.add_code(&account, Shown { token, network }, code).await;
        found
    };
    let start = Instant::now();
    let found = wait_for_end(&api, Client::default(), &staged.request_id, MAX_WAIT, read);
    assert!(matches!(found.await.unwrap().request.state, RequestState::Complete(_)));
    assert_eq!(start.elapsed(), Duration::ZERO);
}
