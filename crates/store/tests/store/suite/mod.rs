//! The contract, case by case, for any engine: [`cases`] makes a test of each.

pub(crate) mod alike;
pub(crate) mod audit;
pub(crate) mod audit_archive;
pub(crate) mod cases_and_days;
pub(crate) mod city;
pub(crate) mod curve;
pub(crate) mod documents;
pub(crate) mod exports;
pub(crate) mod inspector;
pub(crate) mod keeping;
pub(crate) mod lists;
pub(crate) mod logins;
pub(crate) mod nodes;
pub(crate) mod office;
pub(crate) mod order;
pub(crate) mod people;
pub(crate) mod registry;
pub(crate) mod retention;
pub(crate) mod sentences;
pub(crate) mod speech;
pub(crate) mod supervision;

use bowei_store::{Cursor, Page, Store};
use std::sync::Arc;

/// An engine that holds nothing yet, and goes away with everything when dropped.
pub(crate) trait Fresh {
    /// The store.
    fn store(&self) -> Arc<dyn Store>;
}

macro_rules! one_test_a_case {
    ($fresh:path; $($room:ident { $($case:ident)* })*) => {
        $($(
            #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
            async fn $case() {
                use $crate::suite::Fresh;
                let fresh = $fresh().await;
                $crate::suite::$room::$case(fresh.store()).await;
            }
        )*)*
    };
}
pub(crate) use one_test_a_case;

/// Every case of the contract as a test, on the engine that `fresh` opens.
macro_rules! cases {
    ($fresh:path) => {
        $crate::suite::one_test_a_case! {
            $fresh;
            keeping {
                an_entry_and_its_exit_make_a_session
                a_repeated_report_has_no_second_effect
                a_resealed_report_is_the_same_and_said_when_it_was_first_said
                an_amended_entry_is_in_the_ledger_twice_and_found
                a_photo_may_come_before_its_record
                of_pictures_that_come_at_once_no_more_are_kept_than_may_be
                a_photo_is_found_under_the_day_of_its_reception
                statements_of_one_delivery_build_on_each_other
                a_heartbeat_of_an_account_is_no_record
                a_heartbeat_that_names_a_lot_speaks_for_that_lot
                the_first_charging_record_of_an_order_counts
                a_space_count_is_known_by_its_numbers_and_its_moment
                doubts_about_a_count_are_those_of_its_first_saying
                a_lots_revision_grows_only_with_its_state
                findings_come_and_go_with_what_they_doubt
                a_finding_that_no_longer_holds_is_resolved_and_may_open_again
                a_photo_without_its_record_is_found_once_it_is_due
                what_came_is_tallied_by_day
            }
            lists {
                sessions_come_newest_first_in_pages
                sessions_are_found_by_plate_state_and_time
                sessions_of_all_lots_come_in_one_order
                a_photo_alone_is_no_session_of_the_list
                findings_come_newest_first_in_pages
                findings_come_by_when_they_were_received
                many_lots_can_be_asked_for_at_once
                a_charge_belongs_to_the_session_that_it_overlaps_most
                charging_records_come_in_pages
                a_cursor_that_nobody_handed_out_is_refused
            }
            alike {
                a_car_that_passes_twice_in_a_second_is_found_on_each_record
                a_duplicate_that_is_corrected_is_resolved_and_may_open_again
                every_time_at_which_a_record_had_a_passage_is_kept
                many_records_of_one_passage_are_all_found
                an_overlap_is_opened_when_both_charges_have_been_received
                charges_at_one_device_at_once_are_found_on_each
            }
            curve {
                the_curve_walks_back_from_now
                a_stay_known_by_its_exit_alone_counts_for_its_claimed_span
                a_stay_that_ends_before_it_begins_never_counts
                a_clock_that_runs_ahead_does_not_bend_the_last_point
                of_two_words_of_one_moment_the_later_said_counts
                a_long_curve_is_thinned_between_its_ends
                an_unheard_lot_has_a_flat_curve
                of_every_five_minutes_the_last_word_is_handed_out
            }
            inspector {
                accepted_and_refused_come_in_one_list
                a_provider_sees_its_own_messages
                old_and_surplus_refusals_are_forgotten
                rings_are_cut_as_they_fill_and_push_nothing_out_of_another
                a_flood_of_refusals_is_bounded_and_lets_deliveries_pass
            }
            documents {
                of_several_words_on_a_gate_the_one_said_last_counts
                documents_come_by_lot_and_last_name_first_in_pages
                the_last_list_before_a_moment_is_found
            }
            logins {
                a_login_is_found_by_its_token_and_by_its_account
                a_further_login_ends_the_one_before
                a_renewed_login_lives_on_and_is_never_shortened
            }
            nodes {
                one_node_does_a_periods_job_and_nobody_does_it_twice
                another_node_takes_over_from_one_that_died
                what_became_of_a_job_can_be_asked_for
                the_last_runs_of_a_job_are_kept
                a_mark_is_made_once
                a_change_worked_out_from_an_older_registry_is_refused
                revisions_tell_which_states_to_read
                a_picture_that_no_record_shows_is_told_apart
                days_can_be_made_at_any_time_and_again
            }
            registry {
                the_history_of_an_object_is_told_from_its_end_page_by_page
                the_registry_is_read_as_it_was_written
                an_account_belongs_to_one_provider
                a_credential_is_ended_and_a_missing_one_is_not
                a_provider_comes_before_its_lots
                a_change_is_done_whole_or_not_at_all
            }
            people {
                an_account_is_created_and_replaced_by_who_knows_its_revision
                changes_and_their_entry_are_kept_whole_or_not_at_all
                an_identity_is_one_account_s
                a_session_is_used_confirmed_and_ended_by_its_owner
                of_too_many_sessions_those_longest_unused_end
                expired_and_unused_sessions_are_purged
                failures_in_a_row_lock_and_a_lock_ends
                failures_counted_at_once_are_all_counted
                counts_that_are_over_are_purged_and_locks_are_not
            }
            exports {
                exports_are_numbered_and_replaced_by_who_knows_their_revision
                exports_asked_for_at_once_have_a_number_each
            }
            office {
                records_of_the_office_are_replaced_by_who_knows_their_revision
                records_of_the_office_are_listed_by_what_is_asked_for
            }
            supervision {
                minutes_in_which_somebody_was_heard_are_kept
                findings_are_tallied_by_hour_and_cause
                a_photo_that_overtakes_its_record_leaves_no_tally
                what_changed_is_judged_until_it_changes_again
                what_is_said_of_a_past_day_makes_it_dirty
                an_evaluation_takes_the_place_of_the_one_before
                a_lot_that_could_not_know_of_a_car_elsewhere_is_evaluated_again
                a_day_stays_dirty_if_it_is_touched_while_it_is_evaluated
                findings_of_a_day_get_pseudonyms_with_its_statements
                a_months_rates_are_the_sum_of_its_days
                a_day_is_evaluated_by_all_that_touches_it
                findings_are_listed_alike_by_every_filter
            }
            cases_and_days {
                a_cases_condition_and_its_handling_leave_each_other_alone
                cases_are_listed_and_counted_by_what_is_asked_for
                a_days_records_are_those_whose_moments_lie_in_it
                the_first_and_the_last_declarations_of_a_day_are_kept
            }
            retention {
                plates_past_their_time_are_nowhere_and_equal_ones_stay_equal
                what_a_hold_covers_stays_until_it_is_lifted
                what_is_told_late_of_an_old_parking_belongs_to_it
                refused_messages_under_a_hold_outlast_their_time
                holds_are_bounded_and_replaced_by_who_knows_their_revision
            }
            audit_archive {
                the_chain_goes_on_through_what_was_put_away
                whoever_is_cut_off_goes_on_where_he_was
                what_is_appended_meanwhile_is_neither_lost_nor_forked
                what_is_done_to_an_archive_shows
            }
            audit {
                the_chain_is_worked_out_from_what_is_read
                callers_at_once_make_one_chain
                entries_are_found_by_each_filter_in_pages
                an_entry_beyond_its_bounds_is_refused_with_its_changes
            }
        }

        #[test]
        fn every_order_repetition_and_batching_ends_in_the_same_state() {
            $crate::suite::order::every_order_repetition_and_batching_ends_in_the_same_state($fresh);
        }

        #[test]
        fn with_pseudonyms_the_state_is_that_of_the_statements_with_pseudonyms() {
            $crate::suite::retention::with_pseudonyms_the_state_is_that_of_the_statements_with_pseudonyms(
                $fresh,
            );
        }
    };
}
pub(crate) use cases;

/// Every item of a list, asked for page by page.
pub(crate) async fn whole<T, F>(mut ask: impl FnMut(Option<Cursor>) -> F) -> Vec<T>
where
    F: Future<Output = bowei_store::Result<Page<T>>>,
{
    let mut items = Vec::new();
    let mut cursor = None;
    loop {
        let page = ask(cursor).await.unwrap();
        items.extend(page.items);
        match page.next {
            Some(next) => cursor = Some(next),
            None => return items,
        }
    }
}
