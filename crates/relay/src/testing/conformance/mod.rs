//! What every store must do, whatever it is made of.
//!
//! A case is a function over a fresh, empty store. [`crate::conformance_cases`] lists each case once. From the list
//! come the public functions below and the tests that [`crate::conformance`] makes. A case that is not in the list is
//! dead code, and the compiler says so.

#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "a suite of tests")]

mod endings;
mod enrolments;
mod joining;
mod requests;
mod status;
mod support;
mod sweeping;
mod waiting;

/// Makes one test of each case of the suite. Takes an async function that returns a fresh store and a value that has to
/// live as long as the store. `stored` leaves two groups of cases out: those for a store that wakes waiting callers,
/// and those for a store that drops what has expired.
#[macro_export]
macro_rules! conformance {
    ($fresh:path) => {
        $crate::conformance!($fresh, stored);
        $crate::conformance!($fresh, woken);
        $crate::conformance!($fresh, swept);
    };
    ($fresh:path, $group:ident) => {
        $crate::conformance_cases!($group, [$crate::conformance_tests] { $fresh, $group });
    };
}

/// Makes the tests of one group of cases.
#[doc(hidden)]
#[macro_export]
macro_rules! conformance_tests {
    ({ $fresh:path, $group:ident } $($module:ident: $($case:ident),+;)+) => {$($(
        #[tokio::test]
        async fn $case() {
            let (store, _guard) = $fresh().await;
            $crate::testing::$group::$case(store).await;
        }
    )+)+};
}

/// The list of all cases, in groups by what they need of a store. Gives one group to another macro, module by module.
#[doc(hidden)]
#[macro_export]
macro_rules! conformance_cases {
    (stored, [$($then:tt)+] $with:tt) => {
        $($then)+! { $with
            enrolments:
                an_enrolment_is_found_by_its_id,
                an_account_may_have_several_enrolments,
                an_account_is_found_under_the_former_key,
                enrolments_are_listed_oldest_first,
                a_new_token_replaces_the_old_one_and_ends_what_it_began,
                an_enrolment_is_changed_whole,
                the_last_relay_address_is_not_replaced,
                a_suspended_enrolment_does_nothing,
                a_removed_enrolment_leaves_nothing;
            joining:
                a_stranger_joins,
                an_invitation_lets_so_many_join,
                an_invitation_that_is_over_lets_nobody_join,
                of_many_strangers_at_once_no_more_join_than_are_invited,
                a_day_has_room_for_so_many_strangers,
                a_network_has_room_for_so_many_strangers,
                in_all_there_is_room_for_so_many_strangers,
                what_is_refused_uses_nothing_up,
                an_enrolment_is_admitted_once,
                an_enrolment_that_has_gone_is_not_admitted_again,
                an_enrolment_that_a_mail_reaches_stays;
            requests:
                a_request_is_staged_only_with_the_enrolments_token,
                a_request_is_read_by_its_key_alone,
                a_request_staged_again_with_its_key_begins_anew,
                an_account_has_room_for_so_many_pending_requests,
                requests_of_a_clock_that_was_ahead_give_way,
                a_cancelled_request_is_gone_and_takes_no_mail;
            endings:
                a_code_ends_the_chosen_request_and_no_other,
                a_fault_ends_a_request,
                a_mail_is_taken_once,
                a_mail_that_ends_nothing_is_not_remembered,
                a_mail_of_one_enrolment_is_nothing_to_another,
                an_ended_or_replaced_request_is_not_ended_again,
                an_outdated_mail_changes_nothing,
                of_many_mails_at_once_one_ends_the_request,
                of_many_copies_at_once_one_is_taken,
                logins_and_mails_at_once_do_not_disturb_each_other,
                a_copy_finishes_what_was_cut_off,
                so_many_mails_of_an_enrolment_are_remembered;
            status:
                mail_is_counted_by_event,
                the_newest_confirmation_is_kept,
                the_newest_other_mail_is_kept_for_a_week,
                the_last_events_are_kept,
                a_wrong_token_is_noted,
                a_store_that_is_there_is_healthy;
        }
    };
    (woken, [$($then:tt)+] $with:tt) => {
        $($then)+! { $with
            waiting:
                a_waiter_is_woken_when_its_request_ends,
                a_waiter_is_woken_when_its_request_is_removed,
                a_waiter_is_woken_when_its_request_is_cancelled,
                a_waiter_is_woken_when_its_request_gives_way;
        }
    };
    (swept, [$($then:tt)+] $with:tt) => {
        $($then)+! { $with
            sweeping:
                the_sweep_drops_other_mail_after_a_week,
                the_sweep_drops_a_confirmation_after_a_week,
                the_sweep_drops_enrolments_that_no_mail_reaches,
                the_sweep_drops_invitations_that_are_over,
                the_sweep_forgets_who_has_left,
                the_sweep_drops_what_has_expired_and_nothing_else;
        }
    };
}

/// Makes a public function of each case of one group.
macro_rules! public {
    ($bounds:tt $($module:ident: $($case:ident),+;)+) => {
        $($(public!($module $case $bounds);)+)+
    };
    ($module:ident $case:ident { $($bound:tt)+ }) => {
        /// The case of this name.
        pub async fn $case(store: impl $($bound)+) {
            super::$module::$case(store).await;
        }
    };
}

/// What every store does.
pub mod stored {
    use crate::ports::{ManageInvitations, WebStore};

    crate::conformance_cases!(stored, [public] { WebStore + ManageInvitations });
}

/// What a store does that wakes waiting callers.
pub mod woken {
    use crate::ports::{WatchRequests, WebStore};

    crate::conformance_cases!(woken, [public] { WebStore + WatchRequests });
}

/// What a store does that drops what has expired.
pub mod swept {
    use crate::ports::{ManageInvitations, Sweep, WebStore};

    crate::conformance_cases!(swept, [public] { WebStore + ManageInvitations + Sweep });
}

#[cfg(test)]
mod tests;
