"""Files: announced, sent, completed, attached, and read back by who may."""

from __future__ import annotations

import hashlib

from relay_tui.core.commands import MAX_FILE

from .conftest import Running
from .test_messages import say

PNG = bytes.fromhex("89504e470d0a1a0a0000000d4948445200000001000000010806000000")


async def upload(served: Running, name: str, content: bytes, token: str) -> str:
    asked = {"filename": name, "content_type": "text/html", "size_bytes": len(content)}
    begun = await served.data("POST", "/v1/files/upload", asked, token=token)
    path = f"/v1/files/{begun['id']}"
    assert begun["upload_url"].endswith(f"{path}/content")
    assert await served.code("POST", f"{path}/complete", {}, token=token) == (409, "upload_incomplete")
    for _ in range(2):
        await served.data("PUT", begun["upload_url"], token=token, content=content)
    return (await served.data("POST", f"{path}/complete", {}, token=token))["id"]


async def test_a_file_goes_up_with_a_message_and_comes_back(pair: Running) -> None:
    file_id = await upload(pair, "plot.png", PNG, "alice")
    message = await say(pair, "see", attachments=[file_id, {"kind": "path", "path": "src/a.py", "line": 3}])
    stored, place = message["attachments"]
    assert message["has_attachments"] is True
    assert stored == {
        "kind": "file",
        "file_id": file_id,
        "filename": "plot.png",
        "content_type": "image/png",
        "size_bytes": len(PNG),
    }
    assert place == {"kind": "path", "path": "src/a.py", "line": 3}
    found = await pair.data("GET", f"/v1/files/{file_id}", token="bob")
    assert found["sha256"] == hashlib.sha256(PNG).hexdigest()
    response = await pair.call("GET", found["download_url"], token="bob")
    assert response.content == PNG
    assert response.headers["content-type"] == "image/png"
    assert response.headers["x-content-type-options"] == "nosniff"
    assert response.headers["content-disposition"].startswith("attachment")


async def test_a_file_is_nobodys_but_its_own_and_of_who_may_read_its_message(pair: Running) -> None:
    await pair.agent("carol")
    file_id = await upload(pair, "../a.txt", b"secret", "alice")
    path = f"/v1/files/{file_id}"
    assert await pair.code("GET", path, token="bob") == (404, "file_not_found")
    await pair.data("POST", "/v1/dm", {"to": "bob", "text": "see", "attachments": [file_id]}, token="alice")
    assert (await pair.data("GET", path, token="bob"))["filename"] == "a.txt"
    for request in (("GET", path), ("GET", f"{path}/content"), ("DELETE", path)):
        assert await pair.code(*request, token="carol") == (404, "file_not_found")
    assert await pair.code("PUT", f"{path}/content", token="bob", content=b"x") == (404, "file_not_found")
    assert [one["id"] for one in await pair.data("GET", "/v1/files", token="alice")] == [file_id]
    assert (await pair.call("DELETE", path, token="alice")).status_code == 204
    assert await pair.code("GET", path, token="alice") == (404, "file_not_found")


async def test_a_file_that_is_too_large_is_refused_before_and_while_it_comes(pair: Running) -> None:
    asked = {"filename": "a", "size_bytes": MAX_FILE + 1}
    assert await pair.code("POST", "/v1/files/upload", asked, token="alice") == (413, "file_too_large")
    begun = await pair.data("POST", "/v1/files/upload", {"filename": "a"}, token="alice")
    path = f"/v1/files/{begun['id']}/content"
    content = b"x" * (MAX_FILE + 1)
    assert await pair.code("PUT", path, token="alice", content=content) == (413, "file_too_large")
