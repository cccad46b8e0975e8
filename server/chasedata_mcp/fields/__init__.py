"""Rules for single values: text, phone numbers, dates and field names, as taken and as sent.

A value that breaks a rule raises `pydantic_core.PydanticCustomError`. Its message completes
"this argument ...", in lower case and without a final stop, and never holds the value. The types:

    text_empty text_control text_line_break text_tab text_surrogate text_too_long
    digits_only state_letters
    phone_extension phone_foreign_digits phone_letters phone_characters phone_decimal
    phone_country_code phone_too_short phone_too_long
    phone_area_code phone_exchange phone_service_exchange phone_premium phone_country
    date_form date_without_time date_half_days
    date_year date_month date_day date_time date_offset

A value of another JSON type than a string is pydantic's own `string_type`.
"""
