"""The plan document as a template: every key with what it means."""

from __future__ import annotations

TEMPLATE = """\
# The plan document of claimfund. Edit it, check it with: claimfund plan check plan.toml
# Amounts and rates are written in quotes. Lines that begin with # are not read; remove the # to use a key.

[plan]
code = "NW"                              # short name of the plan, used in commands
name = "Northwind Employee Health Benefit Plan"
sponsor = "Northwind Manufacturing, Inc."
administrator = "Cascade Benefit Administrators"
currency = "USD"
plan_year_start = "01-01"                # month and day on which plan years begin
# year = 2025                            # the plan year to open; default: that of the stop-loss, else this year
# opening = "-22750.15"                  # balance brought from outside; negative for a deficit
funding = "budgeted"                     # budgeted | pay-as-you-go | level-funded | refund-accounting | no-tpa
funding_basis = "issue"                  # issue | cleared | imprest | level | ach-pull
attribution = "paid"                     # paid | incurred: which plan year a payment belongs to
rounding = "half-up"                     # half-up | half-even | truncate
tiers = ["EE", "ES", "EC", "FAM"]        # enrollment tiers

[settlement]
surplus = ["reserve", "refund"]          # in this order: reserve | refund | carry-forward | redistribute | hold-back
surplus_share = "1.00"                   # the sponsor's share of a surplus
# surplus_owner = "employer"             # employer | shared | insurer: who keeps what the order places nowhere, or all
# deficit_owner = "employer"             # employer | insurer
# surplus_owner = "employer"             # employer | shared | insurer: said in the plan, changes no figure
# deficit_owner = "employer"             # employer | insurer: said in the plan, changes no figure
deficit = "recover"                      # pay | carry-forward | recover
recovery_months = 24                     # monthly instalments of a deficit that is recovered
claims_fluctuation_reserve = "120000.00" # how much surplus the reserve holds
# run_out_months = 3                     # months after the year before it is settled

[stop_loss]
recognition = "paid"                     # when a receivable is booked: paid | filed | approved | received
# overlap = "incurred-period"            # a claim that two policies of a kind hold (24/12 after 12/15) counts in the
#                                        # policy year in which it was incurred, else in the earlier one

[stop_loss.specific]                     # or [[stop_loss.specific]] with from = "2025-07-01", for several
deductible = "100000.00"
contract_basis = "12/15"                 # incurred in 12 months, paid in 15; or "paid", "incurred"
# effective = "2025-01-01"               # default: start of the plan year
# expires = "2025-06-30"                 # early termination
# carrier = "Summit Re"
covered = ["MED", "RX"]                  # MED | RX | DEN | VIS | STD | OTH
# inpatient_incurred_rule = "line_service_date" # line_service_date | admission_date | discharge_date: of a stay
# reissue_paid_date = "reissue"          # reissue | original: when a payment that was issued again was paid
# void_window_rule = "net_against_original" # net_against_original | net_in_void_month: also of refunds
# unit = "person"                        # person | family | certificate
# percentage = "1.00"                    # the carrier's share of the excess
# annual_maximum = "1000000.00"
# lifetime_maximum = "2000000.00"
# aggregating_deductible = "60000.00"
# run_in_limit_person = "25000.00"
# run_in_limit_total = "100000.00"
notice_at = "50%"                        # of the deductible
lasers = []                              # members with their own deductible, or excluded:
# lasers = [{ member = "M-2", deductible = "150000.00" }, { member = "M-3", excluded = true }]
#          # by date of service: from = "2025-07-01", to = "2025-12-31"; lower = true when below the deductible is
#          # meant; conditional = true when it holds until it is removed
# recovery_allocation = "carrier_first"  # carrier_first | pro_rata: what third parties pay back
# laser_band_counts = false              # toward the aggregate
# asd_counts_to_aggregate = false

[stop_loss.aggregate]
contract_basis = "12/12"
covered = ["MED", "RX"]
attachment = "125%"                      # of budgeted claims; or monthly_factor = "772.50"; or factors, by tier:
# factors = [{ tier = "EE", amount = "313.42" }, { tier = "FAM", amount = "940.25", coverage = "MED" }]
minimum_attachment = "1350000.00"
# minimum_percent_of_first_month = "0.95"
# monthly_minimum = "100000.00"          # summed over the twelve months, also when the policy ends early
# enrollment_lag_months = 0
# percentage = "1.00"
# maximum = "1000000.00"
# per_person_limit = "specific"          # specific | none | an amount; the specific's excess never counts
# rebates_reduce = true
# ytd_minimum = "prorata"                # full | prorata | none
# accommodation = false
# accommodation_minimum_advance = "1000.00"
# terminal_months = 0                    # months of run-out paid after the end, for the last months' attachment again
# run_in_limit_person = "25000.00"       # what claims incurred before the policy may bring, per person and in all
# run_in_limit_total = "100000.00"
# inpatient_incurred_rule, reissue_paid_date, void_window_rule: as for the specific, each policy its own

[fees]
administration_pepm = "36.00"            # a month for each enrolled unit; recorded by: claimfund fee bill
# administration_percent_of_claims = "0.00"
# stop_loss_premium = [{ tier = "EE", amount = "31.20" }]

# [approvals]                            # what needs two people: one proposes, another approves
# reopening = true                       # opening a closed month again
# settlement = true                      # posting a settlement
# write_off = true                       # giving up what the carrier owes
# manual_adjustment = true               # money entered by hand, not from a file
# manual_adjustment_above = "10000.00"   # only above this amount
# people = true                          # enrolling people and giving them roles, once a second person can approve
# early_erasure = true                   # erasing the key to a member's name before the retention term is over
# denial = true                          # a carrier's decision that approves less than what is claimed
# denial_above = "5000.00"               # only when it denies more than this
# expiry_days = 30                       # how long a proposed change waits

# [privacy]
# access_log = "when-possible"           # required | when-possible | off: whether files about members are logged
# member_retention_years = 8             # after a member's last payment, before the key to the name may be erased
"""
