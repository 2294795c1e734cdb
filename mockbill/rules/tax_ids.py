"""Tax ids: what each type looks like, whose country it names, and which ones a registry confirms.

The patterns are written from the public formats of the registries, as Stripe's examples show them; they check form, not
check digits.  A type without a pattern of its own takes three to thirty letters, digits, spaces, dots, slashes and
dashes.
"""

import re
from collections.abc import Mapping
from types import MappingProxyType
from typing import Literal

Verification = Literal["pending", "verified", "unverified", "unavailable"]

VERIFIED_TYPES = frozenset({"au_abn", "eu_vat", "gb_vat"})
"""Types whose registry Stripe asks; all others stay ``unavailable``."""

_MAGIC: Mapping[str, Verification] = MappingProxyType(
    {"000000000": "verified", "111111111": "unverified", "222222222": "pending"}
)
"""Test values (stripe-behaviour.md 4.7), alone or after a country: what the registry says of them."""

_EU_VAT: Mapping[str, str] = MappingProxyType(
    {
        "AT": r"U\d{8}", "BE": r"[01]\d{9}", "BG": r"\d{9,10}", "CY": r"\d{8}[A-Z]", "CZ": r"\d{8,10}", "DE": r"\d{9}",
        "DK": r"\d{8}", "EE": r"\d{9}", "EL": r"\d{9}", "ES": r"[A-Z0-9]\d{7}[A-Z0-9]", "FI": r"\d{8}",
        "FR": r"[A-Z0-9]{2}\d{9}", "HR": r"\d{11}", "HU": r"\d{8}",
        "IE": r"(\d{7}[A-W][A-I]?|\d[A-Z+*]\d{5}[A-W])",
        "IT": r"\d{11}", "LT": r"(\d{9}|\d{12})", "LU": r"\d{8}", "LV": r"\d{11}", "MT": r"\d{8}",
        "NL": r"[A-Z0-9+*]{10}\d{2}", "PL": r"\d{10}", "PT": r"\d{9}", "RO": r"\d{2,10}", "SE": r"\d{12}",
        "SI": r"\d{8}", "SK": r"\d{10}", "XI": r"(\d{9}|\d{12}|(GD|HA)\d{3})",
    }
)  # fmt: skip

_PATTERNS: Mapping[str, str] = MappingProxyType(
    dict(
        row.split(maxsplit=1)
        for row in r"""
    ad_nrt     [A-Z]-?\d{6}-?[A-Z]
    ae_trn     \d{15}
    al_tin     [A-Z]\d{8}[A-Z]
    am_tin     \d{8}
    ao_tin     \d{10}
    ar_cuit    \d{2}-?\d{7,8}-?\d{1,2}
    au_abn     (\d ?){10}\d
    au_acn     (\d ?){8}\d
    au_arn     \d{12}
    aw_tin     \d{8}
    az_tin     \d{10}
    ba_tin     \d{12,13}
    bb_tin     \d{13}
    bd_bin     \d{9}-?\d{4}
    bf_ifu     \d{8}[A-Z]
    bg_uic     \d{9}(\d{4})?
    bh_vat     \d{15}
    bj_ifu     \d{13}
    bo_tin     \d{7,12}
    br_cnpj    [A-Z0-9]{2}\.?[A-Z0-9]{3}\.?[A-Z0-9]{3}/?[A-Z0-9]{4}-?\d{2}
    br_cpf     \d{3}\.?\d{3}\.?\d{3}-?\d{2}
    bs_tin     \d{3}\.?\d{3}\.?\d{3}
    by_tin     \d{9}
    ca_bn      \d{9}
    ca_gst_hst \d{9} ?RT ?\d{4}
    ca_pst_bc  PST-?\d{4}-?\d{4}
    ca_pst_mb  \d{6}-?\d
    ca_pst_sk  \d{7}
    ca_qst     \d{10} ?TQ ?\d{4}
    cd_nif     [A-Z]\d{7}[A-Z]
    ch_uid     CHE-?\d{3}\.?\d{3}\.?\d{3}( ?HR)?
    ch_vat     CHE-?\d{3}\.?\d{3}\.?\d{3} ?(MWST|TVA|IVA)
    cl_tin     \d{1,2}\.?\d{3}\.?\d{3}-?[0-9K]
    cm_niu     [A-Z]\d{12}[A-Z]
    cn_tin     [A-Z0-9]{15,20}
    co_nit     \d{3}\.?\d{3}\.?\d{3}-?\d
    cr_tin     \d-?\d{3,4}-?\d{4,6}
    cv_nif     \d{9}
    cz_dic     (CZ)?\d{8,10}
    de_stn     [\d/ ]{10,14}
    do_rcn     (\d{3}-?\d{5,7}-?\d|\d-?\d{2}-?\d{5}-?\d)
    ec_ruc     \d{13}
    eg_tin     \d{3}-?\d{3}-?\d{3}
    es_cif     [A-Z]\d{7}[A-Z0-9]
    et_tin     \d{10}
    eu_oss_vat (EU\d{9}|IM\d{10})
    fo_vat     \d{6}
    fr_siren   (\d ?){8}\d
    fr_siret   (\d ?){13}\d
    fr_spi     \d{13}
    gb_vat     (GB|XI) ?(\d{9}|\d{12}|(GD|HA)\d{3})
    ge_vat     \d{9}
    gn_nif     \d{9}
    hk_br      \d{8}(-?\d{3}-?\d{2}-?\d{2}-?\d)?
    hr_oib     \d{11}
    hu_tin     \d{8}-?\d-?\d{2}
    ic_nif     [A-Z0-9]\d{7}[A-Z0-9]
    id_npwp    (\d{2,3}\.?\d{3}\.?\d{3}\.?\d-?\d{3}\.?\d{3}|\d{16})
    il_vat     \d{9}
    in_gst     \d{2}[A-Z]{5}\d{4}[A-Z][A-Z0-9]{3}
    is_kt      \d{6}-?\d{4}
    is_vat     \d{5,6}
    it_cf      ([A-Z]{6}\d{2}[A-Z]\d{2}[A-Z]\d{3}[A-Z]|\d{11})
    jp_cn      \d{13}
    jp_rn      \d{5}
    jp_trn     T\d{13}
    ke_pin     [A-Z]\d{9}[A-Z]
    kg_tin     \d{14}
    kh_tin     [A-Z0-9]{1,4}-?\d{9}
    kr_brn     \d{3}-?\d{2}-?\d{5}
    kz_bin     \d{12}
    la_tin     \d{9}-?\d{3}
    li_uid     CHE-?\d{3}\.?\d{3}\.?\d{3}
    li_vat     \d{5}
    lk_vat     \d{9}-?\d{4}
    ma_vat     \d{8}
    md_vat     \d{7}
    me_pib     \d{8}
    mk_vat     (MK)?\d{13}
    mr_nif     \d{8}
    mx_rfc     [A-ZÑ&]{3,4}\d{6}[A-Z0-9]{3}
    my_frp     \d{8}
    my_itn     [A-Z]{1,2} ?\d{8,11}
    my_sst     [A-Z0-9]{3}-?\d{4}-?\d{8}
    mz_nuit    \d{9}
    ng_tin     \d{8}-?\d{4}
    no_vat     (NO)?\d{9}MVA
    no_voec    \d{7}
    np_pan     \d{9}
    nz_bn      \d{13}
    nz_gst     \d{2,3}-?\d{3}-?\d{3}
    om_vat     OM\d{10}
    pe_ruc     \d{11}
    ph_tin     \d{3}-?\d{3}-?\d{3}-?\d{3,5}
    pl_nip     \d{3}-?\d{3}-?\d{2}-?\d{2}
    pt_nif     \d{9}
    py_ruc     \d{5,8}-?\d
    ro_tin     \d{2,13}
    rs_pib     \d{9}
    ru_inn     (\d{10}|\d{12})
    ru_kpp     \d{9}
    sa_vat     \d{15}
    sg_gst     ([A-Z]\d{8}[A-Z]|\d{8,9}[A-Z]|[A-Z]{2}-?\d{7}-?[A-Z])
    sg_uen     (\d{8,9}[A-Z]|[A-Z]\d{2}[A-Z]{2}\d{4}[A-Z])
    si_tin     (SI)?\d{8}
    sn_ninea   \d{7,9}[0-9A-Z]{2,3}
    sr_fin     \d{10}
    sv_nit     \d{4}-?\d{6}-?\d{3}-?\d
    th_vat     \d{13}
    tj_tin     \d{9}
    tr_tin     \d{10,11}
    tw_vat     \d{8}
    tz_vat     \d{8}[A-Z]
    ua_vat     \d{9,12}
    ug_tin     \d{10}
    us_ein     \d{2}-?\d{7}
    uy_ruc     \d{12}
    uz_tin     \d{9}
    uz_vat     \d{12}
    ve_rif     [A-Z]-?\d{8}-?\d
    vn_tin     \d{10}(-?\d{3})?
    za_vat     4\d{9}
    zm_tin     \d{10}
    zw_tin     \d{10}
    """.strip().splitlines()
    )
)

TYPES = ("eu_vat", *_PATTERNS)
"""The types that a value can be checked for."""

_ANY = r"[A-Z0-9][A-Z0-9 ./-]{2,29}"

EU = frozenset({
    "AT", "BE", "BG", "CY", "CZ", "DE", "DK", "EE", "ES", "FI", "FR", "GR", "HR", "HU", "IE", "IT", "LT", "LU", "LV",
    "MT", "NL", "PL", "PT", "RO", "SE", "SI", "SK",
})  # fmt: skip
"""The member states, by ISO code."""


def is_valid(type: str, value: str) -> bool:
    """Whether a value has the form of its type; the test values of verified types are as good."""
    value = value.strip().upper()
    if type in VERIFIED_TYPES and _magic(value):
        return True
    if type == "eu_vat":
        pattern = _EU_VAT.get(value[:2])
        return pattern is not None and re.fullmatch(pattern, re.sub(r"[ .-]", "", value[2:]), re.ASCII) is not None
    return re.fullmatch(_PATTERNS.get(type, _ANY), value, re.ASCII) is not None


def country(type: str, value: str) -> str | None:
    """The ISO code of the country that a tax id belongs to; none for the union's own."""
    if type == "eu_oss_vat":
        return None
    code = value.strip()[:2].upper() if type == "eu_vat" else type[:2].upper()
    if not code.isalpha():
        return None  # a test value that names none
    return {"EL": "GR", "XI": "GB", "IC": "ES"}.get(code, code)


def verification(type: str, value: str) -> Verification:
    """What the registry says in the end: ``verified`` of all but the test values."""
    if type not in VERIFIED_TYPES:
        return "unavailable"
    return _MAGIC.get(_magic(value.strip().upper()) or "", "verified")


def _magic(value: str) -> str | None:
    """The test value in a value: alone, or after the two letters of a country."""
    digits = value[2:] if value[:2].isalpha() else value
    return digits if digits in _MAGIC else None
