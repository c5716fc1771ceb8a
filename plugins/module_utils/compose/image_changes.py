# Copyright: (c) 2026, streamops.kafka contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Images of a stack's services, changed where they are written: in the service, or once for all in what they share."""

from __future__ import annotations

from fnmatch import fnmatchcase

from .document import Alias, Scalar
from .draft import Draft
from .images import Wish, wish_for
from .request import Request
from .stack import OTHER, Service, names_of


def change_images(draft: Draft, request: Request) -> list[Service]:
    """Writes the images of the target. Returns the services whose image changes."""
    wishes = {service.name: _wish(service, request) for service in draft.stack.services}
    changed: list[Service] = []
    for scalar, services in _by_place(draft.stack.services):
        _collect(draft, services, wishes)
        changed += [service for service in services if wishes[service.name].image]
        final = [wishes[service.name].image or scalar.value for service in services]
        shared = max(final, key=final.count)
        alike = [service for service, image in zip(services, final) if image == shared]
        if shared != scalar.value:
            why = wishes[alike[0].name].why
            draft.replace(scalar, scalar.value, shared, names_of(alike), f"image {scalar.value} becomes {shared}", why)
        for service, image in zip(services, final):
            if image != shared:
                _write_for_one(draft, service, image, wishes[service.name].why)
    _tell_of_variables(draft)
    return changed


def _wish(service: Service, request: Request) -> Wish:
    scalar = service.scalar("image")
    if scalar is None:
        return Wish(question="it has no image (Swarm does not build any). It was left alone.")
    return wish_for(scalar.value.strip(), service.kind, mapped_image(service, request), request)


def mapped_image(service: Service, request: Request) -> str:
    """What the caller wants this service's image to be: by its name, by a glob, by its kind."""
    images = request.images
    by_glob = [image for pattern, image in images.items() if fnmatchcase(service.name, pattern)]
    by_kind = [images[name] for name in (service.kind, service.kind.replace("_", "-")) if name in images]
    return images.get(service.name) or next(iter([*by_glob, *by_kind]), "")


def _by_place(services: list[Service]) -> list[tuple[Scalar, list[Service]]]:
    """The scalars in which images are written, each with the services that use it."""
    places: list[tuple[Scalar, list[Service]]] = []
    for service in services:
        scalar = service.scalar("image")
        known = next((users for place, users in places if place is scalar), None)
        if known is not None:
            known.append(service)
        elif scalar is not None:
            places.append((scalar, [service]))
    return places


def _write_for_one(draft: Draft, service: Service, image: str, why: str) -> None:
    """An image of its own for a service that shares the place where its present one is written."""
    own = [entry for entry in service.node.entries if entry.name == "image"]
    if own and isinstance(own[0].value, Alias) and not service.shared:
        draft.replace_alias(own[0].value, image, service.name, f"image {image}, for this service alone", why)
    else:
        draft.add_key(service, "image", image, why or "the others that share its image get another one")


def _collect(draft: Draft, services: list[Service], wishes: dict[str, Wish]) -> None:
    for service in services:
        wish = wishes[service.name]
        draft.variables.update(wish.variables)
        if wish.question:
            alike = [other for other in services if wishes[other.name].question == wish.question]
            draft.ask(f"{names_of(alike)}: {wish.question}")
    others = [service for service in services if service.kind == OTHER and not wishes[service.name].image and not wishes[service.name].question]
    if others:
        draft.ask(f"{names_of(others)}: no part of Confluent Platform that is known here. The image was left alone; name another one in `images`.")


def _tell_of_variables(draft: Draft) -> None:
    for name, value in draft.variables.items():
        draft.ask(f"${{{name}}} must be {value} where it is defined (the shell, CI, a file of variables): it is an image's tag or name.")
