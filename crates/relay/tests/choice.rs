//! Which login gets the mail: the rule of [`relay::Pending::choose`] beside two others, on simulated logins.
//!
//! `cargo test -p relay --test choice -- --nocapture` prints two tables of right codes in percent. In the first a login
//! is given up and tried again after so many seconds, in half of all cases because its mail never comes; in the second
//! two logins of one account begin so many seconds apart. A code is right if it reaches the login that it was sent for;
//! the mail of a login that was given up may end that login alone.
//!
//! The model: Arlo dates its mail 0.2 s after the login was announced, and an exponential 0.8 s more, and a twentieth
//! of them 10 s more still; the Date is in whole seconds. A mail is under way for an exponential 2 s, and a fifth of
//! them half a minute more. The last row has Arlo's clock and ours 5 s apart (standard deviation). Change it and ask
//! again.
//!
//! What `choose` promises over the other two rules is asserted; the seed is always the same.

// Numbers of a simulation, printed on standard output.
#![allow(
    clippy::cast_possible_truncation,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::print_stdout,
    clippy::unwrap_used
)]

use jiff::Timestamp;
use relay::{CLOCK_SKEW, Pending, RequestId};

const LIFETIME: f64 = 300.0;
const ROUNDS: u32 = 4_000;
const RETRIED_AFTER: [f64; 6] = [1.0, 3.0, 6.0, 12.0, 30.0, 240.0];
const APART: [f64; 6] = [0.5, 1.0, 2.0, 4.0, 8.0, 30.0];

type Rule = fn(&[Pending], Timestamp, Timestamp) -> Option<Pending>;

#[test]
fn the_nearest_request_is_the_right_one_more_often_than_the_oldest_or_the_newest() {
    let rules: [(&str, Rule, f64); 4] = [
        ("oldest pending", oldest, 0.0),
        ("newest pending", newest, 0.0),
        ("nearest to the Date", Pending::choose, 0.0),
        ("nearest, clocks 5 s apart", Pending::choose, 5.0),
    ];
    println!("right codes in percent");
    println!(
        "{:<28}{:<30}two logins so many seconds apart",
        "", "retried after so many seconds"
    );
    print!("{:<28}", "");
    for gap in RETRIED_AFTER.iter().chain(&APART) {
        print!("{gap:>5}");
    }
    println!();
    let mut table = Vec::new();
    for (name, rule, skew) in rules {
        let retried = RETRIED_AFTER.map(|gap| percent(rule, gap, skew, true));
        let apart = APART.map(|gap| percent(rule, gap, skew, false));
        print!("{name:<28}");
        for right in retried.iter().chain(&apart) {
            print!("{right:>5.0}");
        }
        println!();
        table.push((retried, apart));
    }
    let [oldest, newest, nearest, skewed] = <[_; 4]>::try_from(table).expect("four rules");
    let better = |one: &[f64; 6], other: &[f64; 6]| one.iter().zip(other).all(|(one, other)| one >= other);
    assert!(better(&nearest.0, &newest.0), "no worse than the newest after a retry");
    assert!(
        better(&nearest.0, &oldest.0.map(|right| right + 40.0)),
        "far better than the oldest after a retry"
    );
    assert!(
        better(&nearest.1, &oldest.1) && better(&nearest.1, &newest.1),
        "the best for two at once"
    );
    assert!(
        nearest.0[2..].iter().all(|right| *right > 97.0),
        "a retry after 6 s or more gets its code"
    );
    assert!(
        better(&skewed.0, &oldest.0.map(|right| right + 20.0)),
        "so it is with clocks that differ"
    );
}

fn oldest(pending: &[Pending], written_at: Timestamp, now: Timestamp) -> Option<Pending> {
    fitting(pending, written_at, now).min_by_key(|request| request.staged_at)
}

fn newest(pending: &[Pending], written_at: Timestamp, now: Timestamp) -> Option<Pending> {
    fitting(pending, written_at, now).max_by_key(|request| request.staged_at)
}

fn fitting(pending: &[Pending], written_at: Timestamp, now: Timestamp) -> impl Iterator<Item = Pending> {
    let latest = written_at.min(now).saturating_add(CLOCK_SKEW).unwrap();
    let live = pending.iter().copied();
    live.filter(move |request| request.expires_at > now && request.staged_at <= latest)
}

/// How many codes of the logins that wait to the end are right. The first login begins at 0; `given_up`: nobody waits
/// for it any more once the second begins, but it stays pending.
fn percent(rule: Rule, gap: f64, skew: f64, given_up: bool) -> f64 {
    let mut random = Random(0x5eed);
    let mut right = 0_u32;
    for _ in 0..ROUNDS {
        let offset = random.normal() * skew;
        let begun = [0.0, gap];
        let mut mails: Vec<Mail> = (0..2)
            .map(|login| Mail::of(login, begun[login], offset, &mut random))
            .collect();
        if given_up && random.unit() < 0.5 {
            mails.remove(0);
        }
        mails.sort_by(|one, other| one.arrives.total_cmp(&other.arrives));
        let mut got = [None, None];
        for mail in mails {
            let pending: Vec<Pending> = (0..2)
                .filter(|login| got[*login].is_none() && begun[*login] <= mail.arrives)
                .map(|login| request(login, begun[login]))
                .collect();
            let chosen = rule(&pending, at(mail.date.floor()), at(mail.arrives));
            if let Some(chosen) = chosen {
                got[usize::from(chosen.id.as_bytes()[0])] = Some(mail.login);
            }
        }
        right += u32::from(got[1] == Some(1));
        right += u32::from(!given_up && got[0] == Some(0));
    }
    100.0 * f64::from(right) / f64::from(ROUNDS * if given_up { 1 } else { 2 })
}

struct Mail {
    login: usize,
    date: f64,
    arrives: f64,
}

impl Mail {
    fn of(login: usize, begun: f64, offset: f64, random: &mut Random) -> Self {
        let mut sent = begun + 0.2 + random.exponential(0.8);
        if random.unit() < 0.05 {
            sent += 10.0;
        }
        let mut arrives = sent + random.exponential(2.0);
        if random.unit() < 0.2 {
            arrives += 30.0;
        }
        Self {
            login,
            date: sent + offset,
            arrives,
        }
    }
}

fn at(seconds: f64) -> Timestamp {
    Timestamp::from_microsecond(1_800_000_000_000_000 + (seconds * 1e6) as i64).unwrap()
}

fn request(login: usize, begun: f64) -> Pending {
    Pending {
        id: RequestId::from_bytes([u8::try_from(login).unwrap(); 16]),
        staged_at: at(begun),
        expires_at: at(begun + LIFETIME),
    }
}

/// SplitMix64: small, and the same everywhere.
struct Random(u64);

impl Random {
    fn unit(&mut self) -> f64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^= z >> 31;
        f64::from((z >> 32) as u32) / f64::from(u32::MAX)
    }

    fn exponential(&mut self, mean: f64) -> f64 {
        -mean * (1.0 - self.unit()).max(1e-12).ln()
    }

    /// Twelve throws of a coin with many sides: near enough to a normal distribution.
    fn normal(&mut self) -> f64 {
        (0..12).map(|_| self.unit()).sum::<f64>() - 6.0
    }
}
