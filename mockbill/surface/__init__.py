"""What Stripe's API is, compiled from the official SDK: operations, parameters, shapes of objects, event names."""

from mockbill.surface.check import check, fits
from mockbill.surface.data import (
    ANY,
    BOOLEAN,
    DECIMAL,
    INTEGER,
    NUMBER,
    STRING,
    any_of,
    api_version,
    events,
    list_of,
    map_of,
    object_of,
    one_of,
    optional,
)
from mockbill.surface.operations import Operation, operations
from mockbill.surface.parameters import Invalid, validate
from mockbill.surface.shapes import Field, Shape, blank, blank_at, expandable, field_type, kinds, shape, wire_order

__all__ = [
    "ANY",
    "BOOLEAN",
    "DECIMAL",
    "INTEGER",
    "NUMBER",
    "STRING",
    "Field",
    "Invalid",
    "Operation",
    "Shape",
    "any_of",
    "api_version",
    "blank",
    "blank_at",
    "check",
    "events",
    "expandable",
    "field_type",
    "fits",
    "kinds",
    "list_of",
    "map_of",
    "object_of",
    "one_of",
    "operations",
    "optional",
    "shape",
    "validate",
    "wire_order",
]
