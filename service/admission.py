"""Wires who gets in, and how much they may, from the settings."""

from contextlib import AsyncExitStack
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from service import stored
from service.access import people
from service.access.audit import Audit
from service.access.budgets import Budgets
from service.access.entrance import Entrance
from service.access.gate import Gate
from service.access.people import Trusted
from service.core.late import loaded
from service.settings import Settings
from service.store.audit import AuditLog
from service.store.database import Database
from service.store.keys import Keys
from service.store.usage import Ledger

if TYPE_CHECKING:
    from service.access.rates import Rates


async def opened(
    stack: AsyncExitStack, settings: Settings, database: Database, trusted: Trusted | None, model: str
) -> Entrance | None:
    if not settings.auth:
        return None
    audit = Audit(AuditLog(database), settings.audit_days)
    return Entrance(
        gate=await _gate(settings, database, trusted),
        rates=await _rates(stack, settings),
        budgets=await _budgets(stack, settings, database, audit, model),
        audit=audit,
    )


def trusted(settings: Settings) -> Trusted | None:
    """The issuer whose accounts get in; SettingsError if what is set of it makes no sense."""
    given = settings.oidc_client_secret
    issuer = Trusted(
        issuer=settings.oidc_issuer,
        audience=settings.oidc_audience or settings.oidc_client_id,
        client_id=settings.oidc_client_id,
        client_secret=None if given is None else given.get_secret_value(),
        scopes=settings.oidc_scopes,
        label=settings.oidc_label or urlsplit(settings.oidc_issuer).hostname or "",
        workspace_claim=settings.oidc_workspace_claim,
        role_claim=settings.oidc_role_claim,
        workspace=settings.oidc_workspace,
        role=settings.oidc_role,
    )
    people.demand_whole(issuer, auth=settings.auth)
    return issuer if issuer.issuer else None


async def _gate(settings: Settings, database: Database, trusted: Trusted | None) -> Gate:
    kept = stored.secret(settings)
    if trusted is None:
        return Gate(Keys(database), kept)
    await loaded("service.access.sign_in")
    from service.access.issuer import Issuer  # noqa: PLC0415 they bring cryptography along
    from service.access.sign_in import SignIns  # noqa: PLC0415

    return Gate(Keys(database), kept, SignIns(Issuer(trusted), kept))


async def _rates(stack: AsyncExitStack, settings: Settings) -> "Rates":
    await loaded("service.access.rates")
    from service.access.rates import Allowed, Rates  # noqa: PLC0415 it brings the limits package along

    allowed = Allowed(
        key=settings.rate_per_key,
        workspace=settings.rate_per_workspace,
        messages=settings.messages_per_key,
        failed_sign_ins=settings.failed_sign_ins,
        streams=settings.streams_per_key,
    )
    rates = Rates(allowed, settings.limits_store.get_secret_value() or settings.database_url.get_secret_value())
    stack.push_async_callback(rates.close)
    return rates


async def _budgets(stack: AsyncExitStack, settings: Settings, database: Database, audit: Audit, model: str) -> Budgets:
    ledger = Ledger(database)
    others = bool(settings.database_url.get_secret_value())  # may be at work; no call takes as long as a run may
    await ledger.release(datetime.now(UTC) - timedelta(seconds=settings.article_timeout * others))
    of_article = {"article_tokens": settings.article_tokens, "article_cost": settings.article_cost}
    budgets = Budgets(ledger, settings.priced(), audit, model=model, **of_article)
    stack.push_async_callback(budgets.close)
    return budgets
