//! Which clients are accepted, which connections are displaced, and that every count returns to zero.

use std::pin::pin;

use proptest::prelude::*;

use super::*;

const LIMITS: ClientLimits = ClientLimits {
    narrow: 3,
    wide: 3,
    all: 6,
};

/// A host of one of 256 networks.
fn client(network: u8) -> Client {
    Client::new(Some(IpAddr::from([10, 0, network, 1])))
}

fn displaced(place: &Place) -> bool {
    let mut context = std::task::Context::from_waker(std::task::Waker::noop());
    pin!(place.displaced()).poll(&mut context).is_ready()
}

#[test]
fn the_oldest_of_the_network_that_holds_most_is_displaced() {
    let counts = Counts::default();
    let connections = Connections::new(LIMITS, 0, counts.clone());
    let one = connections.take(client(1)).unwrap();
    let two: Vec<Place> = (0..3).map(|_| connections.take(client(2)).unwrap()).collect();
    let three: Vec<Place> = (0..2).map(|_| connections.take(client(3)).unwrap()).collect();
    assert!(
        connections.take(client(2)).is_none(),
        "a network at its limit pushes nobody out"
    );
    two[0].set(Activity::Busy);
    let _four = connections.take(client(4)).unwrap();
    let gone: Vec<bool> = two.iter().map(displaced).collect();
    assert_eq!(gone, [false, true, false]);
    assert!(!displaced(&one) && !three.iter().any(displaced));
    drop(two);
    let expected = Seen {
        open: 4,
        accepted: 7,
        refused: 1,
        displaced: 1,
    };
    assert_eq!(counts.seen(), expected);
}

#[test]
fn busy_connections_stay_and_open_ones_go_last() {
    let limits = ClientLimits { all: 3, ..LIMITS };
    let connections = Connections::new(limits, 0, Counts::default());
    let places: Vec<Place> = (1..4)
        .map(|network| connections.take(client(network)).unwrap())
        .collect();
    places[0].set(Activity::Open);
    places[1].set(Activity::Busy);
    let fourth = connections.take(client(4)).unwrap();
    assert!(displaced(&places[2]));
    fourth.set(Activity::Busy);
    let fifth = connections.take(client(5)).unwrap();
    assert!(displaced(&places[0]));
    fifth.set(Activity::Busy);
    assert!(connections.take(client(6)).is_none());
    drop(places);
    assert!(connections.take(client(6)).is_some());
}

#[test]
fn a_network_with_many_connections_that_named_a_secret_address_gives_way() {
    let wide = SPARED + 1;
    let limits = ClientLimits {
        narrow: wide,
        wide,
        all: wide + SPARED,
    };
    let connections = Connections::new(limits, 0, Counts::default());
    let few: Vec<Place> = (0..SPARED).map(|_| connections.take(client(1)).unwrap()).collect();
    let many: Vec<Place> = (0..wide).map(|_| connections.take(client(2)).unwrap()).collect();
    for place in few.iter().chain(&many) {
        place.set(Activity::Secret);
    }
    many[0].set(Activity::Busy);
    let new = connections.take(client(3)).unwrap();
    let gone: Vec<bool> = many.iter().map(displaced).collect();
    assert_eq!(
        gone.iter().position(|gone| *gone),
        Some(1),
        "the oldest that is not busy"
    );
    assert!(!few.iter().any(displaced));
    new.set(Activity::Secret);
    assert!(connections.take(client(4)).is_none(), "nobody has many any more");
}

#[test]
fn places_are_kept_for_those_that_were_of_use() {
    let connections = Connections::new(LIMITS, 2, Counts::default());
    connections.take(client(9)).unwrap().was_useful();
    let others: Vec<Place> = (1..5)
        .map(|network| connections.take(client(network)).unwrap())
        .collect();
    for place in &others {
        place.set(Activity::Busy);
    }
    assert!(connections.take(client(5)).is_none());
    let known = [
        connections.take(client(9)).unwrap(),
        connections.take(client(9)).unwrap(),
    ];
    assert!(!others.iter().chain(&known).any(displaced));
}

#[test]
fn who_was_not_of_use_displaces_nobody_who_was() {
    let connections = Connections::new(LIMITS, 2, Counts::default());
    let before = connections.take(client(9)).unwrap();
    connections.take(client(9)).unwrap().was_useful();
    let mut others: Vec<Place> = (1..5)
        .map(|network| connections.take(client(network)).unwrap())
        .collect();
    for place in &others {
        place.set(Activity::Busy);
    }
    let known = connections.take(client(9)).unwrap();
    assert!(connections.take(client(5)).is_none());
    assert!(
        !displaced(&before) && !displaced(&known),
        "they wait, and keep their places"
    );

    others[0].set(Activity::Open);
    let fifth = connections.take(client(5)).unwrap();
    assert!(displaced(&others[0]), "a place for one of the unknown");
    let Seen {
        refused,
        displaced: count,
        ..
    } = connections.0.counts.seen();
    assert_eq!((refused, count), (1, 1));
    drop((fifth, others.remove(0)));
    assert!(connections.take(client(6)).is_some() && connections.take(client(9)).is_some());
}

#[test]
fn who_was_not_of_use_has_a_place_only_while_there_is_one_for_all() {
    let connections = Connections::new(LIMITS, 2, Counts::default());
    for network in 7..10 {
        connections.take(client(network)).unwrap().was_useful();
    }
    let known: Vec<Place> = (7..10)
        .flat_map(|network| [network, network])
        .map(|network| connections.take(client(network)).unwrap())
        .collect();
    assert!(connections.take(client(1)).is_none());
    assert!(!known.iter().any(displaced));
}

#[test]
fn pressure_is_told_and_ends() {
    let connections = Connections::new(LIMITS, 0, Counts::default());
    let mut places: Vec<Place> = (1..4)
        .map(|network| connections.take(client(network)).unwrap())
        .collect();
    let pressed = places[0].pressed();
    assert!(!*pressed.borrow());
    places.push(connections.take(client(4)).unwrap());
    assert!(*pressed.borrow());
    places.pop();
    assert!(!*pressed.borrow());
}

#[test]
fn the_memory_of_use_is_bounded() {
    let mut useful = Useful::default();
    for number in 0..10_000_u32 {
        let [_, a, b, c] = number.to_be_bytes();
        useful.insert(Client::new(Some(IpAddr::from([a, b, c, 1]))));
        useful.insert(client(77));
    }
    assert_eq!((useful.networks.len(), useful.by_age.len()), (USEFUL, USEFUL));
    assert!(useful.contains(client(77)) && !useful.contains(client(78)));
}

proptest! {
    #[test]
    fn counts_agree_and_return_to_zero(steps in prop::collection::vec((0..6_u8, 0..5_u8), 0..80)) {
        let connections = Connections::new(LIMITS, 1, Counts::default());
        let mut places: Vec<Place> = Vec::new();
        for (network, act) in steps {
            match act {
                0 => places.truncate(places.len() / 2),
                1 => places.iter().rev().take(1).for_each(|place| place.set(Activity::Busy)),
                2 => places.iter().take(1).for_each(|place| place.set(Activity::Open)),
                3 => places.iter().take(1).for_each(Place::was_useful),
                _ => places.extend(connections.take(client(network))),
            }
            places.retain(|place| !displaced(place));
            prop_assert_eq!(connections.0.shares.used(), places.len());
            prop_assert!(places.len() <= LIMITS.all);
        }
        drop(places);
        let table = connections.0.table.lock().unwrap();
        prop_assert!(table.held.is_empty() && table.waiting.is_empty());
        prop_assert_eq!(connections.0.shares.used(), 0);
    }
}
