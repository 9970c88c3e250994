use super::*;

#[test]
fn a_wait_is_whole_seconds_and_never_above_the_longest() {
    for (query, expected) in [
        ("", Ok(0)),
        ("wait=0", Ok(0)),
        ("wait=25", Ok(25)),
        ("wait=60", Ok(60)),
        ("wait=61", Ok(60)),
        ("wait=99999999999999999999999", Ok(60)),
        ("wait=", Err(())),
        ("wait=-1", Err(())),
        ("wait=1.5", Err(())),
        ("wait=soon", Err(())),
    ] {
        let read = wait(&Fields::parse(query)).map_err(|_| ());
        assert_eq!(read, expected.map(Duration::from_secs), "{query}");
    }
}
