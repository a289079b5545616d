"""The heading of a plan document, as several tests begin theirs; the keys of ``[plan]`` go on below it."""

HEADING = """
[plan]
code = "NW"
name = "Northwind Plan"
sponsor = "Northwind"
administrator = "Cascade"
currency = "USD"
plan_year_start = "01-01"
"""
