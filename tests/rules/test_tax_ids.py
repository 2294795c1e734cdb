"""Tax ids: forms, countries, and what registries say of the test values."""

import pytest

from mockbill.rules.tax_ids import country, is_valid, verification
from mockbill.surface.data import compiled, resolved

GOOD = """
    ad_nrt A-123456-Z; ae_trn 123456789012345; ar_cuit 12-3456789-01; au_abn 12345678912; au_arn 123456789123
    br_cnpj 01.234.456/5432-10; br_cpf 123.456.789-87; ca_bn 123456789; ca_gst_hst 123456789RT0002
    ca_pst_bc PST-1234-5678; ca_pst_mb 123456-7; ca_pst_sk 1234567; ca_qst 1234567890TQ1234
    ch_uid CHE-123.456.789 HR; ch_vat CHE-123.456.789 MWST; cl_tin 12.345.678-K; cn_tin 123456789012345678
    co_nit 123.456.789-0; cr_tin 1-234-567890; de_stn 1234567890; do_rcn 123-4567890-1; es_cif A12345678
    eu_oss_vat EU123456789; eu_vat ATU12345678; eu_vat BE0123456789; eu_vat BG0123456789; eu_vat CY12345678Z
    eu_vat CZ1234567890; eu_vat DE123456789; eu_vat DK12345678; eu_vat EE123456789; eu_vat EL123456789
    eu_vat ESA1234567Z; eu_vat FI12345678; eu_vat FRAB123456789; eu_vat HR12345678912; eu_vat HU12345678
    eu_vat IE1234567AB; eu_vat IT12345678912; eu_vat LT123456789123; eu_vat LU12345678; eu_vat LV12345678912
    eu_vat MT12345678; eu_vat NL123456789B12; eu_vat PL1234567890; eu_vat PT123456789; eu_vat RO1234567891
    eu_vat SE123456789123; eu_vat SI12345678; eu_vat SK1234567891; eu_vat XI123456789
    gb_vat GB123456789; hk_br 12345678; hu_tin 12345678-1-23; id_npwp 012.345.678.9-012.345; il_vat 000012345
    in_gst 12ABCDE3456FGZH; is_vat 123456; jp_cn 1234567891234; jp_rn 12345; jp_trn T1234567891234
    kr_brn 123-45-67890; li_uid CHE123456789; mx_rfc ABC010203AB9; my_itn C 1234567890; my_sst A12-3456-78912345
    no_vat 123456789MVA; nz_gst 123456789; ph_tin 123456789012; pe_ruc 12345678901; sa_vat 123456789012345
    sg_gst M12345678X; sg_uen 123456789F; sv_nit 1234-567890-123-4; th_vat 1234567891234; tw_vat 12345678
    us_ein 12-3456789; ve_rif A-12345678-9; vn_tin 1234567890; za_vat 4123456789
    bw_vat C01234567890; tt_vat 123456
"""
BAD = """
    eu_vat DE12345678; eu_vat 123456789; eu_vat US123456789; eu_vat DEX23456789; eu_vat GB123456789
    gb_vat 123456789; gb_vat DE123456789; no_vat 123456789; us_ein 123-456789; au_abn 1234567891; ch_vat CHE-123
    in_gst 12ABCDE3456; jp_trn 1234567891234; br_cnpj 01.234; mx_rfc 1; nz_gst 12345; ca_qst 1234567890; bw_vat !
    us_ein 000000000a
"""


def pairs(table):
    return [tuple(entry.strip().split(maxsplit=1)) for entry in table.replace("\n", ";").split(";") if entry.strip()]


@pytest.mark.parametrize(("type", "value"), pairs(GOOD))
def test_a_value_in_the_form_of_its_registry_is_taken(type, value):
    assert is_valid(type, value)


@pytest.mark.parametrize(("type", "value"), pairs(BAD))
def test_another_form_is_not(type, value):
    assert not is_valid(type, value)


def test_every_type_of_the_sdk_takes_something():
    kinds, _ = resolved(compiled()["operations"]["POST /v1/tax_ids"][3]["type!"])
    good = dict(pairs(GOOD))
    assert len(kinds) > 120
    for type in kinds[1:]:
        shaped = ["1" * length for length in range(4, 17)] + [good.get(type, "A12345678Z")]
        more = [
            "J12345678N",
            "A0123456M",
            "12345678A",
            "M123456789000L",
            "PST-1234-5678",
            "P000111111A",
            "OM1234567890",
        ]
        assert any(is_valid(type, value) for value in shaped + more), type


@pytest.mark.parametrize(
    ("type", "value", "code"),
    [
        ("eu_vat", "DE123456789", "DE"),
        ("eu_vat", "EL123456789", "GR"),
        ("eu_vat", "XI123456789", "GB"),
        ("eu_vat", "000000000", None),
        ("eu_oss_vat", "EU123456789", None),
        ("us_ein", "12-3456789", "US"),
        ("no_vat", "123456789MVA", "NO"),
    ],
)
def test_the_country(type, value, code):
    assert country(type, value) == code


@pytest.mark.parametrize(
    ("type", "value", "status"),
    [
        ("eu_vat", "DE123456789", "verified"),
        ("eu_vat", "000000000", "verified"),
        ("eu_vat", "111111111", "unverified"),
        ("eu_vat", "DE111111111", "unverified"),
        ("gb_vat", "GB222222222", "pending"),
        ("au_abn", "222222222", "pending"),
        ("us_ein", "11-1111111", "unavailable"),
    ],
)
def test_what_the_registry_says(type, value, status):
    assert is_valid(type, value)
    assert verification(type, value) == status
