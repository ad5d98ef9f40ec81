Attribute VB_Name = "drawstop"
Option Explicit

' The functions of drawstop. Generated: changes made here are lost.

Public LastFailure As String ' why a call did not reach Python

Private Function AnswerOf(ByVal functionName As String, ByVal given As Variant) As Variant
    On Error GoTo failed
    AnswerOf = WithErrors(XLPy.CallUDF("drawstop.hosts.excel", functionName, given, ThisWorkbook, Application.Caller))
    Exit Function
failed:
    LastFailure = functionName & ": " & Err.Description
    AnswerOf = CVErr(2015)
End Function

' xlwings hands over a single answer, an array of one dimension for a row, and of two for anything else.
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

' The numbers are those of XlCVError, whose newer names older versions of Excel do not know.
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
    ADVANCE_LIMIT = AnswerOf("ADVANCE_LIMIT", Array(as_of, advanced_to_date, proceeds_balance, proceeds_minimum, mechanical_completion, conditions_met, in_default, max_credit, cutoff))
End Function

Public Function ADVANCE_ROYALTY(cpi_base, cpi_now, Optional amount)
    ADVANCE_ROYALTY = AnswerOf("ADVANCE_ROYALTY", Array(cpi_base, cpi_now, amount))
End Function

Public Function AVERAGE_LIFE(start_date, dates, principal)
    AVERAGE_LIFE = AnswerOf("AVERAGE_LIFE", Array(start_date, dates, principal))
End Function

Public Function BACK_IN_OPEN(total_reserve_oz, stated_oz, Optional threshold)
    BACK_IN_OPEN = AnswerOf("BACK_IN_OPEN", Array(total_reserve_oz, stated_oz, threshold))
End Function

Public Function BACK_IN_PRICE(costs, Optional interest, Optional multiple)
    BACK_IN_PRICE = AnswerOf("BACK_IN_PRICE", Array(costs, interest, multiple))
End Function

Public Function BUSINESS_DAY(day, Optional convention, Optional holidays)
    BUSINESS_DAY = AnswerOf("BUSINESS_DAY", Array(day, convention, holidays))
End Function

Public Function CASH_SWEEP(excess_cash, share, outstanding, Optional minimum_cash)
    CASH_SWEEP = AnswerOf("CASH_SWEEP", Array(excess_cash, share, outstanding, minimum_cash))
End Function

Public Function CASH_WATERFALL(cash, claims)
    CASH_WATERFALL = AnswerOf("CASH_WATERFALL", Array(cash, claims))
End Function

Public Function COLLAR_SETTLEMENT(ounces, floor, cap, spot)
    COLLAR_SETTLEMENT = AnswerOf("COLLAR_SETTLEMENT", Array(ounces, floor, cap, spot))
End Function

Public Function COMMERCIAL_PRODUCTION(dates, delivered, capacity, Optional days, Optional threshold, Optional mode)
    COMMERCIAL_PRODUCTION = AnswerOf("COMMERCIAL_PRODUCTION", Array(dates, delivered, capacity, days, threshold, mode))
End Function

Public Function COMMITMENT_FEE(max_credit, outstanding, start_date, end_date, Optional rate, Optional basis)
    COMMITMENT_FEE = AnswerOf("COMMITMENT_FEE", Array(max_credit, outstanding, start_date, end_date, rate, basis))
End Function

Public Function COMPLETION_DATE(Optional mechanical, Optional production, Optional costs, Optional reserves, Optional last_default_cured, Optional in_default)
    COMPLETION_DATE = AnswerOf("COMPLETION_DATE", Array(mechanical, production, costs, reserves, last_default_cured, in_default))
End Function

Public Function CONVERSION_PRICE_DILUTED(price, outstanding, new_shares, new_price)
    CONVERSION_PRICE_DILUTED = AnswerOf("CONVERSION_PRICE_DILUTED", Array(price, outstanding, new_shares, new_price))
End Function

Public Function CONVERSION_PRICE_SPLIT(price, shares_before, shares_after)
    CONVERSION_PRICE_SPLIT = AnswerOf("CONVERSION_PRICE_SPLIT", Array(price, shares_before, shares_after))
End Function

Public Function CONVERSION_SHARES(Optional principal, Optional conversion_price)
    CONVERSION_SHARES = AnswerOf("CONVERSION_SHARES", Array(principal, conversion_price))
End Function

Public Function CONVERSION_VALUE(principal, share_price, Optional conversion_price)
    CONVERSION_VALUE = AnswerOf("CONVERSION_VALUE", Array(principal, share_price, conversion_price))
End Function

Public Function CONVERTIBLE_VALUE(principal, share_price, volatility, years, risk_free, credit_spread, coupon, Optional conversion_price, Optional frequency, Optional trigger, Optional dividend_yield, Optional steps, Optional trigger_days)
    CONVERTIBLE_VALUE = AnswerOf("CONVERTIBLE_VALUE", Array(principal, share_price, volatility, years, risk_free, credit_spread, coupon, conversion_price, frequency, trigger, dividend_yield, steps, trigger_days))
End Function

Public Function COVENANT_COMPLIES(actual, Optional minimum, Optional maximum)
    COVENANT_COMPLIES = AnswerOf("COVENANT_COMPLIES", Array(actual, minimum, maximum))
End Function

Public Function COVENANT_CURRENT_RATIO(current_assets, current_liabilities, Optional minimum)
    COVENANT_CURRENT_RATIO = AnswerOf("COVENANT_CURRENT_RATIO", Array(current_assets, current_liabilities, minimum))
End Function

Public Function COVENANT_HEADROOM(actual, Optional minimum, Optional maximum)
    COVENANT_HEADROOM = AnswerOf("COVENANT_HEADROOM", Array(actual, minimum, maximum))
End Function

Public Function COVENANT_LIABILITIES(total_liabilities, tangible_equity, Optional maximum)
    COVENANT_LIABILITIES = AnswerOf("COVENANT_LIABILITIES", Array(total_liabilities, tangible_equity, maximum))
End Function

Public Function COVENANT_REPORT(current_assets, current_liabilities, stockholders_equity, intangibles, total_liabilities, Optional min_ratio, Optional min_equity, Optional max_liabilities)
    COVENANT_REPORT = AnswerOf("COVENANT_REPORT", Array(current_assets, current_liabilities, stockholders_equity, intangibles, total_liabilities, min_ratio, min_equity, max_liabilities))
End Function

Public Function COVENANT_TANGIBLE_EQUITY(tangible_equity, Optional minimum)
    COVENANT_TANGIBLE_EQUITY = AnswerOf("COVENANT_TANGIBLE_EQUITY", Array(tangible_equity, minimum))
End Function

Public Function CURRENT_RATIO(current_assets, current_liabilities)
    CURRENT_RATIO = AnswerOf("CURRENT_RATIO", Array(current_assets, current_liabilities))
End Function

Public Function DEBT_CAPACITY(as_of, dates, cash_available, rate, dscr, Optional maturity)
    DEBT_CAPACITY = AnswerOf("DEBT_CAPACITY", Array(as_of, dates, cash_available, rate, dscr, maturity))
End Function

Public Function DILUTION(new_shares, outstanding)
    DILUTION = AnswerOf("DILUTION", Array(new_shares, outstanding))
End Function

Public Function DSCR(cash_available, debt_service)
    DSCR = AnswerOf("DSCR", Array(cash_available, debt_service))
End Function

Public Function DUE_WITHIN(as_of, dates, amounts, Optional months)
    DUE_WITHIN = AnswerOf("DUE_WITHIN", Array(as_of, dates, amounts, months))
End Function

Public Function EQUITY_CURE(current_assets, current_liabilities, tangible_equity, total_liabilities, Optional min_ratio, Optional min_equity, Optional max_liabilities)
    EQUITY_CURE = AnswerOf("EQUITY_CURE", Array(current_assets, current_liabilities, tangible_equity, total_liabilities, min_ratio, min_equity, max_liabilities))
End Function

Public Function ESTABLISHMENT_FEE(Optional amount, Optional rate)
    ESTABLISHMENT_FEE = AnswerOf("ESTABLISHMENT_FEE", Array(amount, rate))
End Function

Public Function EXPLAIN(function_name, ParamArray arguments())
    Dim given() As Variant, k As Long
    given = Array(function_name)
    ReDim Preserve given(0 To UBound(arguments) + 1)
    For k = 0 To UBound(arguments)
        given(k + 1) = arguments(k)
    Next k
    EXPLAIN = AnswerOf("EXPLAIN", given)
End Function

Public Function FORCED_CONVERSION(dates, closes, Optional trigger, Optional days, Optional in_default)
    FORCED_CONVERSION = AnswerOf("FORCED_CONVERSION", Array(dates, closes, trigger, days, in_default))
End Function

Public Function FORCED_CONVERSION_RUN(dates, closes, Optional trigger)
    FORCED_CONVERSION_RUN = AnswerOf("FORCED_CONVERSION_RUN", Array(dates, closes, trigger))
End Function

Public Function FORMULA_AMOUNT(as_of, dates, net_cash_flows, discount_rate, share)
    FORMULA_AMOUNT = AnswerOf("FORMULA_AMOUNT", Array(as_of, dates, net_cash_flows, discount_rate, share))
End Function

Public Function GOLD_EQUIVALENT(gold_oz, silver_oz, gold_price, silver_price, Optional gold_recovery, Optional silver_recovery)
    GOLD_EQUIVALENT = AnswerOf("GOLD_EQUIVALENT", Array(gold_oz, silver_oz, gold_price, silver_price, gold_recovery, silver_recovery))
End Function

Public Function GOLD_FORWARD(spot, usd_rate, lease_rate, days)
    GOLD_FORWARD = AnswerOf("GOLD_FORWARD", Array(spot, usd_rate, lease_rate, days))
End Function

Public Function GOLD_LOAN_ALLOWED(as_of, Optional commercial_production_date)
    GOLD_LOAN_ALLOWED = AnswerOf("GOLD_LOAN_ALLOWED", Array(as_of, commercial_production_date))
End Function

Public Function GOLD_LOAN_EXPOSURE(ounces, gold_price, dollars_converted)
    GOLD_LOAN_EXPOSURE = AnswerOf("GOLD_LOAN_EXPOSURE", Array(ounces, gold_price, dollars_converted))
End Function

Public Function GOLD_LOAN_INTEREST(ounces, start_date, end_date, lease_rate, Optional margin, Optional basis)
    GOLD_LOAN_INTEREST = AnswerOf("GOLD_LOAN_INTEREST", Array(ounces, start_date, end_date, lease_rate, margin, basis))
End Function

Public Function GOLD_LOAN_OUNCES(gold_price, Optional dollars)
    GOLD_LOAN_OUNCES = AnswerOf("GOLD_LOAN_OUNCES", Array(gold_price, dollars))
End Function

Public Function HEADROOM_CURRENT_RATIO(current_assets, current_liabilities, Optional minimum)
    HEADROOM_CURRENT_RATIO = AnswerOf("HEADROOM_CURRENT_RATIO", Array(current_assets, current_liabilities, minimum))
End Function

Public Function HEADROOM_LIABILITIES(total_liabilities, tangible_equity, Optional maximum)
    HEADROOM_LIABILITIES = AnswerOf("HEADROOM_LIABILITIES", Array(total_liabilities, tangible_equity, maximum))
End Function

Public Function HEADROOM_TANGIBLE_EQUITY(tangible_equity, Optional minimum)
    HEADROOM_TANGIBLE_EQUITY = AnswerOf("HEADROOM_TANGIBLE_EQUITY", Array(tangible_equity, minimum))
End Function

Public Function HEDGE_SETTLEMENT(ounces, contract_price, spot)
    HEDGE_SETTLEMENT = AnswerOf("HEDGE_SETTLEMENT", Array(ounces, contract_price, spot))
End Function

Public Function INSTALMENTS(principal, dates, Optional method, Optional start_date, Optional rate, Optional shares, Optional basis)
    INSTALMENTS = AnswerOf("INSTALMENTS", Array(principal, dates, method, start_date, rate, shares, basis))
End Function

Public Function INSTALMENT_DATES(Optional first, Optional count, Optional months)
    INSTALMENT_DATES = AnswerOf("INSTALMENT_DATES", Array(first, count, months))
End Function

Public Function LIABILITIES_RATIO(total_liabilities, tangible_equity)
    LIABILITIES_RATIO = AnswerOf("LIABILITIES_RATIO", Array(total_liabilities, tangible_equity))
End Function

Public Function LLCR(as_of, dates, cash_available, rate, debt, maturity, Optional cash)
    LLCR = AnswerOf("LLCR", Array(as_of, dates, cash_available, rate, debt, maturity, cash))
End Function

Public Function LOAN_INTEREST(principal, start_date, end_date, libor, Optional completion_date, Optional margin_before, Optional margin_after, Optional basis)
    LOAN_INTEREST = AnswerOf("LOAN_INTEREST", Array(principal, start_date, end_date, libor, completion_date, margin_before, margin_after, basis))
End Function

Public Function LOAN_MARGIN(as_of, Optional completion_date, Optional margin_before, Optional margin_after)
    LOAN_MARGIN = AnswerOf("LOAN_MARGIN", Array(as_of, completion_date, margin_before, margin_after))
End Function

Public Function LOAN_SCHEDULE(advances, instalments, libor, Optional start_date, Optional completion_date, Optional max_credit, Optional margin_before, Optional margin_after, Optional fee_rate, Optional fee_end, Optional basis)
    LOAN_SCHEDULE = AnswerOf("LOAN_SCHEDULE", Array(advances, instalments, libor, start_date, completion_date, max_credit, margin_before, margin_after, fee_rate, fee_end, basis))
End Function

Public Function MATERIAL_DECLINE(plan, current, Optional tolerance)
    MATERIAL_DECLINE = AnswerOf("MATERIAL_DECLINE", Array(plan, current, tolerance))
End Function

Public Function MILESTONE(as_of, deadline, Optional achieved)
    MILESTONE = AnswerOf("MILESTONE", Array(as_of, deadline, achieved))
End Function

Public Function NET_RETURNS(gross, deductions)
    NET_RETURNS = AnswerOf("NET_RETURNS", Array(gross, deductions))
End Function

Public Function NOTE_INTEREST(start_date, end_date, libor, Optional principal, Optional margin, Optional basis)
    NOTE_INTEREST = AnswerOf("NOTE_INTEREST", Array(start_date, end_date, libor, principal, margin, basis))
End Function

Public Function OPTION_VALUE(kind, strike, forward, volatility, years, rate)
    OPTION_VALUE = AnswerOf("OPTION_VALUE", Array(kind, strike, forward, volatility, years, rate))
End Function

Public Function OWNERSHIP(shares, outstanding)
    OWNERSHIP = AnswerOf("OWNERSHIP", Array(shares, outstanding))
End Function

Public Function PAYMENT_DATES(first, last, months, Optional convention, Optional holidays)
    PAYMENT_DATES = AnswerOf("PAYMENT_DATES", Array(first, last, months, convention, holidays))
End Function

Public Function PLCR(as_of, dates, cash_available, rate, debt, Optional cash)
    PLCR = AnswerOf("PLCR", Array(as_of, dates, cash_available, rate, debt, cash))
End Function

Public Function PROCEEDS_AVAILABLE(balance, minimum, as_of, Optional completion_date, Optional parent_interest_due, Optional in_default)
    PROCEEDS_AVAILABLE = AnswerOf("PROCEEDS_AVAILABLE", Array(balance, minimum, as_of, completion_date, parent_interest_due, in_default))
End Function

Public Function PROCEEDS_MIN(formula_amount, interest_3m, capex_3m, other_3m, Optional floor, Optional interest_cap)
    PROCEEDS_MIN = AnswerOf("PROCEEDS_MIN", Array(formula_amount, interest_3m, capex_3m, other_3m, floor, interest_cap))
End Function

Public Function PROCEEDS_MIN_ITEMS(formula_amount, interest_3m, capex_3m, other_3m, Optional floor, Optional interest_cap)
    PROCEEDS_MIN_ITEMS = AnswerOf("PROCEEDS_MIN_ITEMS", Array(formula_amount, interest_3m, capex_3m, other_3m, floor, interest_cap))
End Function

Public Function PROCEEDS_SHORTFALL(balance, minimum)
    PROCEEDS_SHORTFALL = AnswerOf("PROCEEDS_SHORTFALL", Array(balance, minimum))
End Function

Public Function PRODUCTION_DEADLINE(Optional extensions)
    PRODUCTION_DEADLINE = AnswerOf("PRODUCTION_DEADLINE", Array(extensions))
End Function

Public Function RATE_COMPOUNDED(dates, fixings, start_date, end_date, Optional lookback, Optional shift, Optional floor, Optional adjustment, Optional basis)
    RATE_COMPOUNDED = AnswerOf("RATE_COMPOUNDED", Array(dates, fixings, start_date, end_date, lookback, shift, floor, adjustment, basis))
End Function

Public Function RESERVE_TAIL(maturity, dates, ounces)
    RESERVE_TAIL = AnswerOf("RESERVE_TAIL", Array(maturity, dates, ounces))
End Function

Public Function ROYALTY_DUE(net_returns, Optional rate, Optional advance_credit)
    ROYALTY_DUE = AnswerOf("ROYALTY_DUE", Array(net_returns, rate, advance_credit))
End Function

Public Function ROYALTY_SCHEDULE(periods, Optional rate, Optional advances)
    ROYALTY_SCHEDULE = AnswerOf("ROYALTY_SCHEDULE", Array(periods, rate, advances))
End Function

Public Function SCULPTED_DEBT(start_date, dates, cash_available, rate, dscr, Optional basis, Optional maturity)
    SCULPTED_DEBT = AnswerOf("SCULPTED_DEBT", Array(start_date, dates, cash_available, rate, dscr, basis, maturity))
End Function

Public Function SHARES_ISSUED(dollars, prices)
    SHARES_ISSUED = AnswerOf("SHARES_ISSUED", Array(dollars, prices))
End Function

Public Function STREAM_OUNCES(production, delivered_before, tiers)
    STREAM_OUNCES = AnswerOf("STREAM_OUNCES", Array(production, delivered_before, tiers))
End Function

Public Function TANGIBLE_EQUITY(stockholders_equity, Optional intangibles)
    TANGIBLE_EQUITY = AnswerOf("TANGIBLE_EQUITY", Array(stockholders_equity, intangibles))
End Function

Public Function TRANCHE_SCHEDULE(advances, repayments, rates, payment_dates, Optional margins, Optional floor, Optional capitalised_until, Optional basis, Optional opening_interest)
    TRANCHE_SCHEDULE = AnswerOf("TRANCHE_SCHEDULE", Array(advances, repayments, rates, payment_dates, margins, floor, capitalised_until, basis, opening_interest))
End Function

Public Function YEAR_FRACTION(start_date, end_date, Optional basis)
    YEAR_FRACTION = AnswerOf("YEAR_FRACTION", Array(start_date, end_date, basis))
End Function
