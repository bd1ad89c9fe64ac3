"""Tools whose arguments are described to models, and checked, by a schema that is read once."""

from collections.abc import Awaitable, Callable
from types import MethodType

from livekit.agents import RunContext, ToolError, function_tool
from livekit.agents.llm import RawFunctionTool
from livekit.agents.llm.utils import function_arguments_to_pydantic_model
from pydantic import ValidationError


def tool(function: Callable[..., Awaitable[str]]) -> RawFunctionTool:
    """A method of an Agent as `function_tool` makes it, which builds a pydantic class anew at each call (2 ms)."""
    expected = function_arguments_to_pydantic_model(MethodType(function, object()))
    schema = {
        "name": function.__name__,
        "description": function_tool(function).info.description,
        "parameters": expected.model_json_schema(),
    }

    async def called(self, context: RunContext, raw_arguments: dict[str, object]) -> str:
        try:
            given = expected.model_validate(raw_arguments)
        except ValidationError:  # its words would repeat the caller's
            raise ToolError(f"These are not the arguments of {function.__name__}.") from None
        return await function(self, context, **{name: getattr(given, name) for name in expected.model_fields})

    called.__name__ = function.__name__
    return function_tool(called, raw_schema=schema)
