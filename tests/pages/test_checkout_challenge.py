"""3-D Secure on the way through the hosted checkout: passed, failed, declined after it, left, asked again."""

from pages.shop import DECLINED, THREE_D_SECURE, Shop, Visitor


def test_a_challenge_that_is_passed_completes_the_session(shop: Shop, visitor: Visitor) -> None:
    session = shop.checkout()
    answer = visitor.post(session.url, test_card=THREE_D_SECURE)
    assert (answer.status, answer.location) == (303, f"/c/pay/{session.id}/authenticate")
    challenge = visitor.get(answer.location)
    assert challenge.status == 200
    assert "Amount $20.00 Card •••• 3184" in challenge.page.words
    assert shop.look(session).status == "open"
    answer = visitor.post(answer.location, challenge="complete")
    assert (answer.status, answer.location) == (303, f"{shop.site}/thanks?session={session.id}")
    assert shop.look(session).status == "complete"


def test_a_challenge_that_is_failed_leads_back_with_the_reason(shop: Shop, visitor: Visitor) -> None:
    session = shop.checkout()
    visitor.pay(session.url, THREE_D_SECURE)
    answer = visitor.post(f"/c/pay/{session.id}/authenticate", challenge="fail")
    assert (answer.status, answer.location) == (303, f"/c/pay/{session.id}?failed=1")
    back = visitor.get(answer.location)
    assert "We could not authenticate your card." in back.page.alert
    assert back.page.forms[0].fields["email"] == "ada@example.com"
    assert shop.look(session).status == "open"
    assert visitor.pay(session.url).status == 303


def test_a_card_that_is_declined_after_the_challenge_says_so(shop: Shop, visitor: Visitor) -> None:
    session = shop.checkout()
    visitor.pay(session.url, "4000008400001629")
    answer = visitor.post(f"/c/pay/{session.id}/authenticate", challenge="complete")
    assert visitor.get(answer.location).page.alert == "Your card was declined. card_declined: generic_decline"
    assert shop.look(session).status == "open"


def test_a_challenge_that_was_left_can_be_replaced_by_another_card(shop: Shop, visitor: Visitor) -> None:
    session = shop.checkout()
    visitor.pay(session.url, THREE_D_SECURE)
    assert visitor.pay(session.url, DECLINED).status == 402
    assert visitor.get(f"{session.url}/authenticate").location == f"/c/pay/{session.id}"
    assert visitor.pay(session.url).status == 303
    assert len(shop.client.v1.subscriptions.list().data) == 1


def test_a_challenge_without_an_answer_asks_again(shop: Shop, visitor: Visitor) -> None:
    session = shop.checkout()
    visitor.pay(session.url, THREE_D_SECURE)
    answer = visitor.post(f"{session.url}/authenticate")
    assert answer.status == 200
    assert "Verify it is you" in answer.page.words
    assert shop.look(session).status == "open"


def test_a_session_that_awaits_nothing_has_no_challenge(shop: Shop, visitor: Visitor) -> None:
    session = shop.checkout()
    before = shop.events()
    assert visitor.get(f"{session.url}/authenticate").location == f"/c/pay/{session.id}"
    assert visitor.post(f"{session.url}/authenticate", challenge="complete").location == f"/c/pay/{session.id}"
    assert shop.events() == before
