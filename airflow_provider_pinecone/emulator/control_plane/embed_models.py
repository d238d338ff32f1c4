"""The embedding models that an index can be created for. Nothing is embedded."""

from __future__ import annotations

from dataclasses import dataclass

from airflow_provider_pinecone.emulator.protocol.errors import invalid
from airflow_provider_pinecone.emulator.state.store import Json


@dataclass(frozen=True)
class EmbedModel:
    """The vectors that a model makes.

    :param dimensions: the lengths its dense vectors can have, the default first; empty for sparse ones.
    """

    dimensions: tuple[int, ...]
    metrics: tuple[str, ...]


MODELS = {
    "llama-text-embed-v2": EmbedModel((1024, 384, 512, 768, 2048), ("cosine", "dotproduct")),
    "multilingual-e5-large": EmbedModel((1024,), ("cosine", "euclidean")),
    "pinecone-sparse-english-v0": EmbedModel((), ("dotproduct",)),
}


def settle(embed: Json) -> Json:
    """Fill in a model's defaults, as the API shows them.

    :raises ApiError: 400 for an unknown model, or a dimension or metric that it lacks.
    """
    model = MODELS.get(embed["model"])
    if model is None:
        raise invalid(f"embed.model: unknown model {embed['model']!r}. Known models: {', '.join(MODELS)}.")
    metric = embed.get("metric") or model.metrics[0]
    if metric not in model.metrics:
        raise invalid(f"embed.metric: {embed['model']} has {' and '.join(model.metrics)}, not {metric}.")
    settled = embed | {"metric": metric, "vector_type": "dense" if model.dimensions else "sparse"}
    dimension = embed.get("dimension") or next(iter(model.dimensions), None)
    if dimension is None:
        return settled
    if dimension not in model.dimensions:
        known = ", ".join(map(str, model.dimensions)) or "none"
        raise invalid(f"embed.dimension: {embed['model']} has {known}, not {dimension}.")
    return settled | {"dimension": dimension}
