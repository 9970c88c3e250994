use super::*;
use crate::visible::fold::compose;

#[test]
fn every_name_is_written_once_and_as_it_is_looked_up() {
    let mut names: Vec<&str> = FROM.iter().chain(OTHERS).copied().collect();
    for name in &names {
        assert_eq!(name.to_lowercase().trim(), *name);
        assert_eq!(compose(name), *name);
        assert!(
            name.len() <= MAX_NAME && !name.contains([':', '\u{200c}', '\u{200d}', '\u{a0}']),
            "{name}"
        );
    }
    names.sort_unstable();
    names.dedup();
    assert_eq!(names.len(), FROM.len() + OTHERS.len());
}
