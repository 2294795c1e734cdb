"""What TypeScript's declarations say about a field that Python calls Optional is kept by its path."""

import json
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).parents[2]

CUSTOMERS = """
import { Address } from '../shared.js';
export declare class CustomerResource extends StripeResource {
    create(params?: CustomerCreateParams): Promise<Response<Customer>>;
}
export interface Customer {
    id: string;
    /**
     * Not a field: string;
     */
    object: 'customer';
    address?: Address | null;
    balance: number;
    email: string | null;
    nickname?: string;
    shipping: Customer.Shipping | null;
    totals?: {
        [key: string]: Customer.Total;
    };
}
export declare namespace Customer {
    interface Shipping {
        parcels?: Array<Shipping.Parcel>;
    }
    interface Total {
        amount?: number;
    }
    namespace Shipping {
        interface Parcel {
            'in'?: string | null;
        }
    }
}
"""
SHARED = """
export interface Address {
    city?: string;
    line1: string | null;
}
"""
SHAPE: dict[str, Any] = {
    "id": "string",
    "address": ["?", {"city": "?string", "line1": "?string"}],
    "balance": "?integer",
    "email": "?string",
    "nickname": "?string",
    "shipping": ["?", {"parcels": ["?", ["list", {"in": "?string"}]]}],
    "totals": ["?", ["map", {"amount": "?integer"}]],
}


def test_each_optional_field_is_marked_by_its_path(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.syspath_prepend(str(ROOT / "tools"))
    import compile_presence

    resources = tmp_path / "esm" / "resources"
    resources.mkdir(parents=True)
    (resources / "Customers.d.ts").write_text(CUSTOMERS)
    (tmp_path / "esm" / "shared.d.ts").write_text(SHARED)
    (tmp_path / "esm" / "apiVersion.d.ts").write_text('export declare const ApiVersion = "2026-10-28.endive";')
    presence = json.loads(compile_presence.compiled(tmp_path, {"customer": SHAPE}))
    assert presence == {
        "api_version": "2026-10-28.endive",
        "fields": {
            "customer": {
                "address": "0",
                "address.city": "-",
                "balance": "+",
                "nickname": "-",
                "shipping.parcels": "-",
                "shipping.parcels.in": "0",
                "totals": "-",
                "totals.amount": "-",
            }
        },
    }
