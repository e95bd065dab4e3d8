"""What a ministry may write into its inbox: a CloudEvent in JSON that answers about one matter."""

from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, TypeAdapter, ValidationError

# Far more than the longest text allowed, however it is escaped.
LARGEST_BYTES = 256 * 1024
LONGEST_TEXT = 20_000

MatterId = Annotated[str, Field(pattern=r"^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$")]
Text = Annotated[str, Field(max_length=LONGEST_TEXT, pattern=r"^[^\x00]*$")]


class Malformed(ValueError):
    """What is wrong with a message, in words that repeat nothing of it; its id if it has one."""

    def __init__(self, reason: str, detail: str) -> None:
        super().__init__(detail)
        self.reason = reason


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=True, frozen=True)


class About(_Strict):
    """The matter, and the number of the offer by which it came to the ministry."""

    matter_id: MatterId
    offer_no: Annotated[int, Field(gt=0, lt=2**63)]


class Declined(About):
    """Why the ministry does not take it over."""

    code: Literal["not_ours", "incomplete", "duplicate", "not_possible"]
    text: Text = ""


class Asked(About):
    """What the ministry wants to know first."""

    text: Annotated[Text, Field(min_length=1)]


class Returned(About):
    """What came of it."""

    result: Literal["helped", "partly_helped", "not_helped"]
    text: Text = ""


class _Envelope(_Strict):
    specversion: Literal["1.0"]
    id: Annotated[str, Field(min_length=1, max_length=100, pattern=r"^[!-~]+$")]
    source: Annotated[str, Field(min_length=1, max_length=200)]
    time: Annotated[str, Field(max_length=40)] = ""
    datacontenttype: Literal["application/json"] = "application/json"


class Accept(_Envelope):
    """The ministry takes the offered matter over."""

    type: Literal["referral.accept"]
    data: About


class Decline(_Envelope):
    """The ministry does not take the offered matter over."""

    type: Literal["referral.decline"]
    data: Declined


class Ask(_Envelope):
    """The ministry asks about the offered matter; the offer's clock pauses."""

    type: Literal["referral.ask"]
    data: Asked


class Return(_Envelope):
    """The ministry has done its part of a matter that it had taken over."""

    type: Literal["referral.return"]
    data: Returned


Answer = Accept | Decline | Ask | Return
ANSWERS: TypeAdapter[Answer] = TypeAdapter(Annotated[Answer, Field(discriminator="type")])


def read(content: bytes) -> Answer:
    """The answer that a message is; Malformed."""
    if len(content) > LARGEST_BYTES:
        raise Malformed("TOO_LARGE", f"{len(content)} bytes; at most {LARGEST_BYTES} are read")
    try:
        return ANSWERS.validate_json(content)
    except ValidationError as error:
        raise Malformed("MALFORMED", _told(error)) from None


def _told(error: ValidationError) -> str:
    """The first things that are wrong, by their place. Names that the sender made up are not
    repeated, and neither is what was sent."""
    found = error.errors(include_url=False, include_context=False, include_input=False)
    return "; ".join(_one(one["type"], one["loc"], one["msg"]) for one in found[:5])


def _one(kind: str, where: tuple[int | str, ...], what: str) -> str:
    match kind:
        case "extra_forbidden":
            return "a field is not known"
        case "union_tag_invalid":
            return "type: no such kind of answer"
    return f"{'.'.join(map(str, where)) or 'the message'}: {what}"
