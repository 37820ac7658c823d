"""Who is signed in to this workspace with an account of the issuer, and so without a key; for its admins."""

from datetime import datetime
from typing import Annotated

from fastapi import APIRouter, Query, Response
from pydantic import BaseModel, Field

from service.api.problems import may
from service.api.rooms import CallerOf, EntranceOf
from service.core.caller import Role
from service.core.errors import BadInput, NotFound

router = APIRouter(prefix="/accounts", tags=["access"], responses=may(NotFound))
# No part of the path: it may be `.` or `..`, or have slashes, which clients and proxies resolve, merge or refuse.
Subject = Annotated[str, Query(description="whom the issuer calls so")]


class AccountOut(BaseModel):
    subject: str = Field(description="how the issuer calls them, and nobody else")
    name: str
    role: Role
    begun_at: datetime = Field(description="when the first of their sessions began")
    used_at: datetime = Field(description="when one was last used, give or take ten seconds")


@router.get("")
async def every(entrance: EntranceOf, caller: CallerOf) -> list[AccountOut]:
    """List who is signed in to the workspace with an account of the issuer."""
    found = await entrance.gate.accounts(caller.workspace)
    return [AccountOut(**{name: getattr(account, name) for name in AccountOut.model_fields}) for account in found]


@router.delete("", status_code=204, responses=may(BadInput))
async def sign_out(subject: Subject, entrance: EntranceOf, caller: CallerOf) -> Response:
    """End all sessions of an account in the workspace, and what is open by them. Its owner may sign in again."""
    name = await entrance.gate.sign_out_account(caller.workspace, subject)
    await entrance.audit.write(caller, "account_signed_out", subject, name=name)
    return Response(status_code=204)
