"""GraphiQL in a real browser: queries and subscriptions run, and nothing is from elsewhere."""

from __future__ import annotations

import shutil
from collections.abc import Iterator

import pytest
from playwright.sync_api import Page, expect, sync_playwright

from service.security.principal import Role
from tests.service.coalition import Coalition
from tests.service.http.conftest import new_key
from tests.service.live.served import served


@pytest.fixture(scope="module")
def page() -> Iterator[Page]:
    """A page of Chromium."""
    chromium = shutil.which("chromium") or shutil.which("chromium-browser")
    if chromium is None:
        pytest.skip("chromium is not installed")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium, args=["--no-sandbox"])
        yield browser.new_page()
        browser.close()


def test_a_query_and_a_subscription_run_and_nothing_comes_from_elsewhere(
    page: Page, coalition: Coalition
) -> None:
    asked: list[str] = []
    wrong: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    page.on("console", lambda message: wrong.append(f"{message.type}: {message.text}"))
    page.on("pageerror", lambda error: wrong.append(str(error)))
    result = page.locator(".result-window")
    with served(coalition) as address:
        page.goto(f"{address}/graphql")
        page.locator("#cookbook").select_option(label="The log itself, for a transparency feed")
        page.locator(".graphiql-execute-button").click()
        expect(result).to_contain_text('"position": 1')
        page.locator("#cookbook").select_option(
            label="What happens from now on, or since a position"
        )
        page.locator(".graphiql-execute-button").click()
        with coalition.ledger.read() as snapshot:
            expect(result).to_contain_text(f'"position": {snapshot.position}')
        page.goto("about:blank")
    assert {url for url in asked if not url.startswith((address, "data:", "about:"))} == set()
    assert wrong == []


def test_a_key_in_the_headers_says_who_asks(page: Page, coalition: Coalition) -> None:
    key = new_key(coalition, Role.AUDITOR)
    with served(coalition) as address:
        page.goto(f"{address}/graphql")
        page.get_by_role("region", name="Headers").get_by_role("textbox").focus()
        page.keyboard.insert_text(f'{{"Authorization": "Bearer {key}"}}')
        editor = page.locator(".graphiql-query-editor .CodeMirror textarea")
        editor.focus()
        page.keyboard.press("ControlOrMeta+a")
        page.keyboard.insert_text("{ viewer { role } }")
        page.locator(".graphiql-execute-button").click()
        expect(page.locator(".result-window")).to_contain_text('"role": "AUDITOR"')
        # The key is not kept in the browser.
        assert key not in page.evaluate("JSON.stringify(localStorage)")
        page.goto("about:blank")
