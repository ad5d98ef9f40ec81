Attribute VB_Name = "drawstop_functions"
Option Explicit

' The functions of drawstop. Generated: changes made here are lost.

Public LastFailure As String ' why a call did not reach Python

Private Function AnswerOf(ByVal functionName As String, ByVal given As Variant) As Variant
    On Error GoTo failed
    AnswerOf = WithErrors(XLPy.CallUDF("drawstop.hosts.excel", functionName, Stored(given), ThisWorkbook, Application.Caller))
    Exit Function
failed:
    LastFailure = functionName & ": " & Err.Description
    AnswerOf = CVErr(2015)
End Function

' What the cells store. Value, which xlwings would read, has four decimals of an amount formatted as currency.
Private Function Stored(ByVal given As Variant) As Variant
    Dim k As Long
    For k = LBound(given) To UBound(given)
        If IsObject(given(k)) Then given(k) = given(k).Value2
    Next k
    Stored = given
End Function

' xlwings returns a single value, a one-dimensional array for a row, and a two-dimensional one for anything else.
Private Function WithErrors(ByVal answer As Variant) As Variant
    Dim row As Long, column As Long
    If Not IsArray(answer) Then
        answer = ErrorOr(answer)
    ElseIf IsRow(answer) Then
        For column = LBound(answer) To UBound(answer)
            answer(column) = ErrorOr(answer(column))
        Next column
    Else
        For row = LBound(answer, 1) To UBound(answer, 1)
            For column = LBound(answer, 2) To UBound(answer, 2)
                answer(row, column) = ErrorOr(answer(row, column))
            Next column
        Next row
    End If
    WithErrors = answer
End Function

Private Function IsRow(ByRef answer As Variant) As Boolean
    Dim last As Long
    On Error GoTo oneDimension
    last = UBound(answer, 2)
    Exit Function
oneDimension:
    IsRow = True
End Function

' The numbers are those of XlCVError, whose newer names are missing in older versions of Excel.
Private Function ErrorOr(ByVal cell As Variant) As Variant
    ErrorOr = cell
    If VarType(cell) <> vbString Then Exit Function
    Select Case cell
        Case "#NULL!": ErrorOr = CVErr(2000)
        Case "#DIV/0!": ErrorOr = CVErr(2007)
        Case "#VALUE!": ErrorOr = CVErr(2015)
        Case "#REF!": ErrorOr = CVErr(2023)
        Case "#NAME?": ErrorOr = CVErr(2029)
        Case "#NUM!": ErrorOr = CVErr(2036)
        Case "#N/A": ErrorOr = CVErr(2042)
        Case "#GETTING_DATA": ErrorOr = CVErr(2043)
        Case "#SPILL!": ErrorOr = CVErr(2045)
        Case "#CONNECT!": ErrorOr = CVErr(2046)
        Case "#BLOCKED!": ErrorOr = CVErr(2047)
        Case "#UNKNOWN!": ErrorOr = CVErr(2048)
        Case "#FIELD!": ErrorOr = CVErr(2049)
        Case "#CALC!": ErrorOr = CVErr(2050)
    End Select
End Function

Public Function ADVANCE_LIMIT(as_of, advanced_to_date, proceeds_balance, proceeds_minimum, Optional mechanical_completion, Optional conditions_met, Optional in_default, Optional max_credit, Optional cutoff)
Attribute ADVANCE_LIMIT.VB_Description = "What the Lender must still advance, dollars."
    ADVANCE_LIMIT = AnswerOf("ADVANCE_LIMIT", Array(as_of, advanced_to_date, proceeds_balance, proceeds_minimum, mechanical_completion, conditions_met, in_default, max_credit, cutoff))
End Function

Public Function ADVANCE_ROYALTY(cpi_base, cpi_now, Optional amount)
Attribute ADVANCE_ROYALTY.VB_Description = "Advance royalty for a one-year extension, dollars, adjusted for inflation: amount x index now / base (R-33)."
    ADVANCE_ROYALTY = AnswerOf("ADVANCE_ROYALTY", Array(cpi_base, cpi_now, amount))
End Function

Public Function AVERAGE_LIFE(start_date, dates, principal)
Attribute AVERAGE_LIFE.VB_Description = "Average life of a loan in years: time to repayment weighted by principal, days over 365."
    AVERAGE_LIFE = AnswerOf("AVERAGE_LIFE", Array(start_date, dates, principal))
End Function

Public Function BACK_IN_OPEN(total_reserve_oz, stated_oz, Optional threshold)
Attribute BACK_IN_OPEN.VB_Description = "TRUE once reserves exceed those of the February 1996 report by at least the threshold (R-38)."
    BACK_IN_OPEN = AnswerOf("BACK_IN_OPEN", Array(total_reserve_oz, stated_oz, threshold))
End Function

Public Function BACK_IN_PRICE(costs, Optional interest, Optional multiple)
Attribute BACK_IN_PRICE.VB_Description = "What NPMC pays for its interest in additional reserves, dollars: multiple x interest x costs."
    BACK_IN_PRICE = AnswerOf("BACK_IN_PRICE", Array(costs, interest, multiple))
End Function

Public Function BUSINESS_DAY(day, Optional convention, Optional holidays)
Attribute BUSINESS_DAY.VB_Description = "The business day that a date is adjusted to; a business day stays. Weekends are Saturday and Sunday."
    BUSINESS_DAY = AnswerOf("BUSINESS_DAY", Array(day, convention, holidays))
End Function

Public Function CASH_SWEEP(excess_cash, share, outstanding, Optional minimum_cash)
Attribute CASH_SWEEP.VB_Description = "Repayment from a cash sweep, dollars: a share of the excess cash above a minimum, at most the debt outstanding."
    CASH_SWEEP = AnswerOf("CASH_SWEEP", Array(excess_cash, share, outstanding, minimum_cash))
End Function

Public Function CASH_WATERFALL(cash, claims)
Attribute CASH_WATERFALL.VB_Description = "Cash distributed in order of priority, dollars: a header, a row for each claim, and last what is left."
    CASH_WATERFALL = AnswerOf("CASH_WATERFALL", Array(cash, claims))
End Function

Public Function COLLAR_SETTLEMENT(ounces, floor, cap, spot)
Attribute COLLAR_SETTLEMENT.VB_Description = "Settlement of a collar, dollars: the price's shortfall below the floor, less its excess above the cap."
    COLLAR_SETTLEMENT = AnswerOf("COLLAR_SETTLEMENT", Array(ounces, floor, cap, spot))
End Function

Public Function COMMERCIAL_PRODUCTION(dates, delivered, capacity, Optional days, Optional threshold, Optional mode)
Attribute COMMERCIAL_PRODUCTION.VB_Description = "Date on which commercial production is first achieved; #N/A if it is not."
    COMMERCIAL_PRODUCTION = AnswerOf("COMMERCIAL_PRODUCTION", Array(dates, delivered, capacity, days, threshold, mode))
End Function

Public Function COMMITMENT_FEE(max_credit, outstanding, start_date, end_date, Optional rate, Optional basis)
Attribute COMMITMENT_FEE.VB_Description = "Commitment fee on what is not drawn, from start date to end date, dollars; the rate is per year (R-11)."
    COMMITMENT_FEE = AnswerOf("COMMITMENT_FEE", Array(max_credit, outstanding, start_date, end_date, rate, basis))
End Function

Public Function COMPLETION_DATE(Optional mechanical, Optional production, Optional costs, Optional reserves, Optional last_default_cured, Optional in_default)
Attribute COMPLETION_DATE.VB_Description = "Date of Completion: the day on which the last of its tests was met; #N/A names what is missing (R-42)."
    COMPLETION_DATE = AnswerOf("COMPLETION_DATE", Array(mechanical, production, costs, reserves, last_default_cured, in_default))
End Function

Public Function CONVERSION_PRICE_DILUTED(price, outstanding, new_shares, new_price)
Attribute CONVERSION_PRICE_DILUTED.VB_Description = "Conversion price after an issue below it, by the weighted average, dollars a share; never above the price (R-26)."
    CONVERSION_PRICE_DILUTED = AnswerOf("CONVERSION_PRICE_DILUTED", Array(price, outstanding, new_shares, new_price))
End Function

Public Function CONVERSION_PRICE_SPLIT(price, shares_before, shares_after)
Attribute CONVERSION_PRICE_SPLIT.VB_Description = "Conversion price after a split or stock dividend, dollars a share (R-26)."
    CONVERSION_PRICE_SPLIT = AnswerOf("CONVERSION_PRICE_SPLIT", Array(price, shares_before, shares_after))
End Function

Public Function CONVERSION_SHARES(Optional principal, Optional conversion_price)
Attribute CONVERSION_SHARES.VB_Description = "Whole shares that the note converts into (R-22)."
    CONVERSION_SHARES = AnswerOf("CONVERSION_SHARES", Array(principal, conversion_price))
End Function

Public Function CONVERSION_VALUE(principal, share_price, Optional conversion_price)
Attribute CONVERSION_VALUE.VB_Description = "The whole shares that the note converts into, at the market price, dollars."
    CONVERSION_VALUE = AnswerOf("CONVERSION_VALUE", Array(principal, share_price, conversion_price))
End Function

Public Function CONVERTIBLE_VALUE(principal, share_price, volatility, years, risk_free, credit_spread, coupon, Optional conversion_price, Optional frequency, Optional trigger, Optional dividend_yield, Optional steps, Optional trigger_days)
Attribute CONVERTIBLE_VALUE.VB_Description = "Value of the convertible note to the Lender, dollars, accrued interest included."
    CONVERTIBLE_VALUE = AnswerOf("CONVERTIBLE_VALUE", Array(principal, share_price, volatility, years, risk_free, credit_spread, coupon, conversion_price, frequency, trigger, dividend_yield, steps, trigger_days))
End Function

Public Function COVENANT_COMPLIES(actual, Optional minimum, Optional maximum)
Attribute COVENANT_COMPLIES.VB_Description = "Whether a figure complies with a covenant: not below its minimum and not above its maximum."
    COVENANT_COMPLIES = AnswerOf("COVENANT_COMPLIES", Array(actual, minimum, maximum))
End Function

Public Function COVENANT_CURRENT_RATIO(current_assets, current_liabilities, Optional minimum)
Attribute COVENANT_CURRENT_RATIO.VB_Description = "TRUE if the current ratio is at least its minimum; equality complies, as does a company without liabilities."
    COVENANT_CURRENT_RATIO = AnswerOf("COVENANT_CURRENT_RATIO", Array(current_assets, current_liabilities, minimum))
End Function

Public Function COVENANT_HEADROOM(actual, Optional minimum, Optional maximum)
Attribute COVENANT_HEADROOM.VB_Description = "Headroom of a covenant in the figure's own unit: distance to the nearer limit; negative if it is broken."
    COVENANT_HEADROOM = AnswerOf("COVENANT_HEADROOM", Array(actual, minimum, maximum))
End Function

Public Function COVENANT_LIABILITIES(total_liabilities, tangible_equity, Optional maximum)
Attribute COVENANT_LIABILITIES.VB_Description = "TRUE if total liabilities are within their multiple of tangible equity; equality complies."
    COVENANT_LIABILITIES = AnswerOf("COVENANT_LIABILITIES", Array(total_liabilities, tangible_equity, maximum))
End Function

Public Function COVENANT_REPORT(current_assets, current_liabilities, stockholders_equity, intangibles, total_liabilities, Optional min_ratio, Optional min_equity, Optional max_liabilities)
Attribute COVENANT_REPORT.VB_Description = "The three covenants as a table: covenant, actual, required, headroom in dollars, and TRUE if it is met."
    COVENANT_REPORT = AnswerOf("COVENANT_REPORT", Array(current_assets, current_liabilities, stockholders_equity, intangibles, total_liabilities, min_ratio, min_equity, max_liabilities))
End Function

Public Function COVENANT_TANGIBLE_EQUITY(tangible_equity, Optional minimum)
Attribute COVENANT_TANGIBLE_EQUITY.VB_Description = "TRUE if tangible equity is at least its minimum; equality complies (R-27)."
    COVENANT_TANGIBLE_EQUITY = AnswerOf("COVENANT_TANGIBLE_EQUITY", Array(tangible_equity, minimum))
End Function

Public Function CURRENT_RATIO(current_assets, current_liabilities)
Attribute CURRENT_RATIO.VB_Description = "Current assets divided by current liabilities; #DIV/0! if there are none."
    CURRENT_RATIO = AnswerOf("CURRENT_RATIO", Array(current_assets, current_liabilities))
End Function

Public Function DEBT_CAPACITY(as_of, dates, cash_available, rate, dscr, Optional maturity)
Attribute DEBT_CAPACITY.VB_Description = "Debt that the cash after the as-of date supports at a target cover, dollars: discounted cash over the cover."
    DEBT_CAPACITY = AnswerOf("DEBT_CAPACITY", Array(as_of, dates, cash_available, rate, dscr, maturity))
End Function

Public Function DILUTION(new_shares, outstanding)
Attribute DILUTION.VB_Description = "Share of the company that the new shares represent, as a decimal."
    DILUTION = AnswerOf("DILUTION", Array(new_shares, outstanding))
End Function

Public Function DSCR(cash_available, debt_service)
Attribute DSCR.VB_Description = "Debt service cover ratio: cash available over debt service; #DIV/0! if there is no debt service."
    DSCR = AnswerOf("DSCR", Array(cash_available, debt_service))
End Function

Public Function DUE_WITHIN(as_of, dates, amounts, Optional months)
Attribute DUE_WITHIN.VB_Description = "Sum of the amounts due after the as-of date and up to the end of the window, dollars."
    DUE_WITHIN = AnswerOf("DUE_WITHIN", Array(as_of, dates, amounts, months))
End Function

Public Function EQUITY_CURE(current_assets, current_liabilities, tangible_equity, total_liabilities, Optional min_ratio, Optional min_equity, Optional max_liabilities)
Attribute EQUITY_CURE.VB_Description = "Smallest new cash equity that cures all three covenants, dollars, if the cash stays in the company (R-30)."
    EQUITY_CURE = AnswerOf("EQUITY_CURE", Array(current_assets, current_liabilities, tangible_equity, total_liabilities, min_ratio, min_equity, max_liabilities))
End Function

Public Function ESTABLISHMENT_FEE(Optional amount, Optional rate)
Attribute ESTABLISHMENT_FEE.VB_Description = "Establishment fee of the loan, dollars."
    ESTABLISHMENT_FEE = AnswerOf("ESTABLISHMENT_FEE", Array(amount, rate))
End Function

Public Function EXPLAIN(function_name, ParamArray arguments())
Attribute EXPLAIN.VB_Description = "Why a function gives an error for these arguments: ""OK"", or the message behind the error."
    Dim given() As Variant, k As Long
    given = Array(function_name)
    ReDim Preserve given(0 To UBound(arguments) + 1)
    For k = 0 To UBound(arguments)
        given(k + 1) = arguments(k)
    Next k
    EXPLAIN = AnswerOf("EXPLAIN", given)
End Function

Public Function FORCED_CONVERSION(dates, closes, Optional trigger, Optional days, Optional in_default)
Attribute FORCED_CONVERSION.VB_Description = "First date on which the Company may require conversion; #N/A if it may not yet."
    FORCED_CONVERSION = AnswerOf("FORCED_CONVERSION", Array(dates, closes, trigger, days, in_default))
End Function

Public Function FORCED_CONVERSION_RUN(dates, closes, Optional trigger)
Attribute FORCED_CONVERSION_RUN.VB_Description = "Consecutive trading days that have closed above the trigger, up to the last close."
    FORCED_CONVERSION_RUN = AnswerOf("FORCED_CONVERSION_RUN", Array(dates, closes, trigger))
End Function

Public Function FORMULA_AMOUNT(as_of, dates, net_cash_flows, discount_rate, share)
Attribute FORMULA_AMOUNT.VB_Description = "Formula amount of limb (I), dollars: a share of the present value of flows after the as-of date, not below 0."
    FORMULA_AMOUNT = AnswerOf("FORMULA_AMOUNT", Array(as_of, dates, net_cash_flows, discount_rate, share))
End Function

Public Function GOLD_EQUIVALENT(gold_oz, silver_oz, gold_price, silver_price, Optional gold_recovery, Optional silver_recovery)
Attribute GOLD_EQUIVALENT.VB_Description = "Ounces of gold equivalent: recovered gold, and recovered silver by its price over that of gold (R-39)."
    GOLD_EQUIVALENT = AnswerOf("GOLD_EQUIVALENT", Array(gold_oz, silver_oz, gold_price, silver_price, gold_recovery, silver_recovery))
End Function

Public Function GOLD_FORWARD(spot, usd_rate, lease_rate, days)
Attribute GOLD_FORWARD.VB_Description = "Forward price of gold, dollars an ounce: spot carried at the dollar rate, less the lease rate."
    GOLD_FORWARD = AnswerOf("GOLD_FORWARD", Array(spot, usd_rate, lease_rate, days))
End Function

Public Function GOLD_LOAN_ALLOWED(as_of, Optional commercial_production_date)
Attribute GOLD_LOAN_ALLOWED.VB_Description = "TRUE if the loan may be in gold: from the day of commercial production (R-20)."
    GOLD_LOAN_ALLOWED = AnswerOf("GOLD_LOAN_ALLOWED", Array(as_of, commercial_production_date))
End Function

Public Function GOLD_LOAN_EXPOSURE(ounces, gold_price, dollars_converted)
Attribute GOLD_LOAN_EXPOSURE.VB_Description = "How much more a gold loan costs than the dollars would, dollars: ounces at the price less dollars converted."
    GOLD_LOAN_EXPOSURE = AnswerOf("GOLD_LOAN_EXPOSURE", Array(ounces, gold_price, dollars_converted))
End Function

Public Function GOLD_LOAN_INTEREST(ounces, start_date, end_date, lease_rate, Optional margin, Optional basis)
Attribute GOLD_LOAN_INTEREST.VB_Description = "Interest on a gold loan from start date to end date, in ounces (R-21)."
    GOLD_LOAN_INTEREST = AnswerOf("GOLD_LOAN_INTEREST", Array(ounces, start_date, end_date, lease_rate, margin, basis))
End Function

Public Function GOLD_LOAN_OUNCES(gold_price, Optional dollars)
Attribute GOLD_LOAN_OUNCES.VB_Description = "Ounces of a gold loan: the dollars at the London PM price of the day (R-19). Without dollars, its cap."
    GOLD_LOAN_OUNCES = AnswerOf("GOLD_LOAN_OUNCES", Array(gold_price, dollars))
End Function

Public Function HEADROOM_CURRENT_RATIO(current_assets, current_liabilities, Optional minimum)
Attribute HEADROOM_CURRENT_RATIO.VB_Description = "Current liabilities that can be added before the current ratio is broken, dollars; negative if it is."
    HEADROOM_CURRENT_RATIO = AnswerOf("HEADROOM_CURRENT_RATIO", Array(current_assets, current_liabilities, minimum))
End Function

Public Function HEADROOM_LIABILITIES(total_liabilities, tangible_equity, Optional maximum)
Attribute HEADROOM_LIABILITIES.VB_Description = "Liabilities that can be added before their limit is broken, dollars; negative if it is."
    HEADROOM_LIABILITIES = AnswerOf("HEADROOM_LIABILITIES", Array(total_liabilities, tangible_equity, maximum))
End Function

Public Function HEADROOM_TANGIBLE_EQUITY(tangible_equity, Optional minimum)
Attribute HEADROOM_TANGIBLE_EQUITY.VB_Description = "Tangible equity above its minimum, dollars; negative if it is below."
    HEADROOM_TANGIBLE_EQUITY = AnswerOf("HEADROOM_TANGIBLE_EQUITY", Array(tangible_equity, minimum))
End Function

Public Function HEDGE_SETTLEMENT(ounces, contract_price, spot)
Attribute HEDGE_SETTLEMENT.VB_Description = "What a forward sale settles for, dollars, positive to the seller: ounces x (contract price - spot)."
    HEDGE_SETTLEMENT = AnswerOf("HEDGE_SETTLEMENT", Array(ounces, contract_price, spot))
End Function

Public Function INSTALMENTS(principal, dates, Optional method, Optional start_date, Optional rate, Optional shares, Optional basis)
Attribute INSTALMENTS.VB_Description = "Principal of each instalment in date order, dollars: a column that sums to the principal."
    INSTALMENTS = AnswerOf("INSTALMENTS", Array(principal, dates, method, start_date, rate, shares, basis))
End Function

Public Function INSTALMENT_DATES(Optional first, Optional count, Optional months)
Attribute INSTALMENT_DATES.VB_Description = "Dates of the instalments, a column of month-ends."
    INSTALMENT_DATES = AnswerOf("INSTALMENT_DATES", Array(first, count, months))
End Function

Public Function LIABILITIES_RATIO(total_liabilities, tangible_equity)
Attribute LIABILITIES_RATIO.VB_Description = "Total liabilities divided by tangible equity; #DIV/0! if zero."
    LIABILITIES_RATIO = AnswerOf("LIABILITIES_RATIO", Array(total_liabilities, tangible_equity))
End Function

Public Function LLCR(as_of, dates, cash_available, rate, debt, maturity, Optional cash)
Attribute LLCR.VB_Description = "Loan life cover ratio: discounted cash after the as-of date and up to maturity, plus cash on hand, over debt."
    LLCR = AnswerOf("LLCR", Array(as_of, dates, cash_available, rate, debt, maturity, cash))
End Function

Public Function LOAN_INTEREST(principal, start_date, end_date, libor, Optional completion_date, Optional margin_before, Optional margin_after, Optional basis)
Attribute LOAN_INTEREST.VB_Description = "Interest on the term loan from start date to end date, dollars, at LIBOR plus margin, split at Completion."
    LOAN_INTEREST = AnswerOf("LOAN_INTEREST", Array(principal, start_date, end_date, libor, completion_date, margin_before, margin_after, basis))
End Function

Public Function LOAN_MARGIN(as_of, Optional completion_date, Optional margin_before, Optional margin_after)
Attribute LOAN_MARGIN.VB_Description = "Margin over LIBOR for the day that starts on the as-of date, per year as a decimal."
    LOAN_MARGIN = AnswerOf("LOAN_MARGIN", Array(as_of, completion_date, margin_before, margin_after))
End Function

Public Function LOAN_SCHEDULE(advances, instalments, libor, Optional start_date, Optional completion_date, Optional max_credit, Optional margin_before, Optional margin_after, Optional fee_rate, Optional fee_end, Optional basis)
Attribute LOAN_SCHEDULE.VB_Description = "Schedule of the loan, dollars: a header and a row for each advance, instalment and quarter-end."
    LOAN_SCHEDULE = AnswerOf("LOAN_SCHEDULE", Array(advances, instalments, libor, start_date, completion_date, max_credit, margin_before, margin_after, fee_rate, fee_end, basis))
End Function

Public Function MATERIAL_DECLINE(plan, current, Optional tolerance)
Attribute MATERIAL_DECLINE.VB_Description = "TRUE if reserves or cash flow have fallen short of the plan by more than the tolerance (R-44)."
    MATERIAL_DECLINE = AnswerOf("MATERIAL_DECLINE", Array(plan, current, tolerance))
End Function

Public Function MILESTONE(as_of, deadline, Optional achieved)
Attribute MILESTONE.VB_Description = "Status of a deadline at the close of a day: ""met"", ""met late"", ""pending"" or ""missed"" (R-43)."
    MILESTONE = AnswerOf("MILESTONE", Array(as_of, deadline, achieved))
End Function

Public Function NET_RETURNS(gross, deductions)
Attribute NET_RETURNS.VB_Description = "Net returns, dollars: gross less all deductions of the same month."
    NET_RETURNS = AnswerOf("NET_RETURNS", Array(gross, deductions))
End Function

Public Function NOTE_INTEREST(start_date, end_date, libor, Optional principal, Optional margin, Optional basis)
Attribute NOTE_INTEREST.VB_Description = "Interest on the parent's note from start date to end date, dollars, payable at least half-yearly (R-25)."
    NOTE_INTEREST = AnswerOf("NOTE_INTEREST", Array(start_date, end_date, libor, principal, margin, basis))
End Function

Public Function OPTION_VALUE(kind, strike, forward, volatility, years, rate)
Attribute OPTION_VALUE.VB_Description = "Value of a European put or call on a forward, dollars an ounce (Black 1976)."
    OPTION_VALUE = AnswerOf("OPTION_VALUE", Array(kind, strike, forward, volatility, years, rate))
End Function

Public Function OWNERSHIP(shares, outstanding)
Attribute OWNERSHIP.VB_Description = "Share of the company that a holder owns, as a decimal."
    OWNERSHIP = AnswerOf("OWNERSHIP", Array(shares, outstanding))
End Function

Public Function PAYMENT_DATES(first, last, months, Optional convention, Optional holidays)
Attribute PAYMENT_DATES.VB_Description = "Payment dates, a column: the given months apart, each adjusted to a business day where a convention is given."
    PAYMENT_DATES = AnswerOf("PAYMENT_DATES", Array(first, last, months, convention, holidays))
End Function

Public Function PLCR(as_of, dates, cash_available, rate, debt, Optional cash)
Attribute PLCR.VB_Description = "Project life cover ratio: like LLCR, but to the end of the project."
    PLCR = AnswerOf("PLCR", Array(as_of, dates, cash_available, rate, debt, cash))
End Function

Public Function PROCEEDS_AVAILABLE(balance, minimum, as_of, Optional completion_date, Optional parent_interest_due, Optional in_default)
Attribute PROCEEDS_AVAILABLE.VB_Description = "What may be withdrawn from the Proceeds Account for corporate purposes, dollars."
    PROCEEDS_AVAILABLE = AnswerOf("PROCEEDS_AVAILABLE", Array(balance, minimum, as_of, completion_date, parent_interest_due, in_default))
End Function

Public Function PROCEEDS_MIN(formula_amount, interest_3m, capex_3m, other_3m, Optional floor, Optional interest_cap)
Attribute PROCEEDS_MIN.VB_Description = "Required minimum balance of the Proceeds Account, dollars: the sum of its four limbs."
    PROCEEDS_MIN = AnswerOf("PROCEEDS_MIN", Array(formula_amount, interest_3m, capex_3m, other_3m, floor, interest_cap))
End Function

Public Function PROCEEDS_MIN_ITEMS(formula_amount, interest_3m, capex_3m, other_3m, Optional floor, Optional interest_cap)
Attribute PROCEEDS_MIN_ITEMS.VB_Description = "The four limbs of the minimum balance and their total, dollars, each with its label: five rows, two columns."
    PROCEEDS_MIN_ITEMS = AnswerOf("PROCEEDS_MIN_ITEMS", Array(formula_amount, interest_3m, capex_3m, other_3m, floor, interest_cap))
End Function

Public Function PROCEEDS_SHORTFALL(balance, minimum)
Attribute PROCEEDS_SHORTFALL.VB_Description = "How far the Proceeds Account is below its minimum balance, dollars; 0 if it is not."
    PROCEEDS_SHORTFALL = AnswerOf("PROCEEDS_SHORTFALL", Array(balance, minimum))
End Function

Public Function PRODUCTION_DEADLINE(Optional extensions)
Attribute PRODUCTION_DEADLINE.VB_Description = "Date by which commercial production must be achieved, a year later for each extension paid for (R-37)."
    PRODUCTION_DEADLINE = AnswerOf("PRODUCTION_DEADLINE", Array(extensions))
End Function

Public Function RATE_COMPOUNDED(dates, fixings, start_date, end_date, Optional lookback, Optional shift, Optional floor, Optional adjustment, Optional basis)
Attribute RATE_COMPOUNDED.VB_Description = "Annual rate of a period, compounded daily in arrears from a series of overnight fixings, as a decimal."
    RATE_COMPOUNDED = AnswerOf("RATE_COMPOUNDED", Array(dates, fixings, start_date, end_date, lookback, shift, floor, adjustment, basis))
End Function

Public Function RESERVE_TAIL(maturity, dates, ounces)
Attribute RESERVE_TAIL.VB_Description = "Reserve tail: the share of all ounces that is produced after maturity."
    RESERVE_TAIL = AnswerOf("RESERVE_TAIL", Array(maturity, dates, ounces))
End Function

Public Function ROYALTY_DUE(net_returns, Optional rate, Optional advance_credit)
Attribute ROYALTY_DUE.VB_Description = "Net returns royalty after credit for advance royalty, dollars; a loss bears none (R-34)."
    ROYALTY_DUE = AnswerOf("ROYALTY_DUE", Array(net_returns, rate, advance_credit))
End Function

Public Function ROYALTY_SCHEDULE(periods, Optional rate, Optional advances)
Attribute ROYALTY_SCHEDULE.VB_Description = "Royalty by period with the credit for advance royalty, dollars: a header and a row for each period."
    ROYALTY_SCHEDULE = AnswerOf("ROYALTY_SCHEDULE", Array(periods, rate, advances))
End Function

Public Function SCULPTED_DEBT(start_date, dates, cash_available, rate, dscr, Optional basis, Optional maturity)
Attribute SCULPTED_DEBT.VB_Description = "Debt whose service is cash over DSCR in every period up to maturity, dollars: a row for the start and each date."
    SCULPTED_DEBT = AnswerOf("SCULPTED_DEBT", Array(start_date, dates, cash_available, rate, dscr, basis, maturity))
End Function

Public Function SHARES_ISSUED(dollars, prices)
Attribute SHARES_ISSUED.VB_Description = "Whole shares for a payment, at the average of the closing prices (R-31)."
    SHARES_ISSUED = AnswerOf("SHARES_ISSUED", Array(dollars, prices))
End Function

Public Function STREAM_OUNCES(production, delivered_before, tiers)
Attribute STREAM_OUNCES.VB_Description = "Ounces to deliver out of production, by tiers of the total ounces delivered."
    STREAM_OUNCES = AnswerOf("STREAM_OUNCES", Array(production, delivered_before, tiers))
End Function

Public Function TANGIBLE_EQUITY(stockholders_equity, Optional intangibles)
Attribute TANGIBLE_EQUITY.VB_Description = "Tangible stockholders' equity, dollars: equity less intangible assets (R-29)."
    TANGIBLE_EQUITY = AnswerOf("TANGIBLE_EQUITY", Array(stockholders_equity, intangibles))
End Function

Public Function TRANCHE_SCHEDULE(advances, repayments, rates, payment_dates, Optional margins, Optional floor, Optional capitalised_until, Optional basis, Optional opening_interest)
Attribute TRANCHE_SCHEDULE.VB_Description = "Schedule of a tranche, dollars: a header and a row for each date of the tables up to the last payment date."
    TRANCHE_SCHEDULE = AnswerOf("TRANCHE_SCHEDULE", Array(advances, repayments, rates, payment_dates, margins, floor, capitalised_until, basis, opening_interest))
End Function

Public Function YEAR_FRACTION(start_date, end_date, Optional basis)
Attribute YEAR_FRACTION.VB_Description = "Years between two dates by a day count, as Excel's YEARFRAC gives them; also by two day counts of ISDA."
    YEAR_FRACTION = AnswerOf("YEAR_FRACTION", Array(start_date, end_date, basis))
End Function
