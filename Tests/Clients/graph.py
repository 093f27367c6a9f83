"""Real clients of Microsoft Graph and SharePoint against slow-origin through riffle: every write is followed by a listing, which must be
what the origin itself answers, and the listing before it came from the cache.

usage: graph.py RIFFLE-URL ORIGIN-URL
"""

import asyncio
import json
import sys
import time
import urllib.request

from kiota_abstractions.authentication.anonymous_authentication_provider import AnonymousAuthenticationProvider
from msgraph import GraphRequestAdapter, GraphServiceClient
from msgraph.generated.drives.item.items.item.copy.copy_post_request_body import CopyPostRequestBody
from msgraph.generated.drives.item.items.item.children.children_request_builder import ChildrenRequestBuilder
from msgraph.generated.models.drive_item import DriveItem
from msgraph.generated.models.folder import Folder
from msgraph.generated.models.item_reference import ItemReference
from kiota_abstractions.base_request_configuration import RequestConfiguration

riffle, origin = sys.argv[1].rstrip("/"), sys.argv[2].rstrip("/")
LONGEST_COPY = 20


def fetch(base, path):
    with urllib.request.urlopen(base + path) as answer:
        return json.load(answer), answer.headers.get("Cache-Status", "")


def names_at_origin(folder):
    path = f"/v1.0/me/drive/items/{folder}/children?$top=1000"
    return sorted(row["name"] for row in fetch(origin, path)[0]["value"])


class Story:
    """One client's steps; says each that went well."""

    def __init__(self, client):
        self.client = client
        self.steps = 0

    def expect(self, step, seen, wanted):
        if seen != wanted:
            sys.exit(f"{self.client}: {step}: {seen!r} instead of {wanted!r}")
        self.steps += 1
        print(f"{self.client}: {step}")

    def compare(self, step, seen, real, has, lacks):
        """The same as at the origin, where what the step does was done."""
        if has and has not in real or lacks and lacks in real:
            sys.exit(f"{self.client}: {step}: was not done: {real!r}")
        self.expect(step, seen, real)


async def with_msgraph_sdk(drive_id, top):
    adapter = GraphRequestAdapter(AnonymousAuthenticationProvider())
    adapter.base_url = riffle + "/v1.0"
    drive = GraphServiceClient(request_adapter=adapter).drives.by_drive_id(drive_id)
    story = Story("msgraph-sdk")

    async def listing(folder, size=None):
        children = drive.items.by_drive_item_id(folder).children
        configuration = None
        if size:
            query = ChildrenRequestBuilder.ChildrenRequestBuilderGetQueryParameters(top=size)
            configuration = RequestConfiguration(query_parameters=query)
        page = await children.get(request_configuration=configuration)
        rows = list(page.value)
        while page.odata_next_link:
            assert page.odata_next_link.startswith(riffle), page.odata_next_link
            page = await children.with_url(page.odata_next_link).get()
            rows += page.value
        return {row.name: row for row in rows}

    async def expect(step, folder, has=None, lacks=None):
        for size in (None, 3):
            seen = sorted(await listing(folder, size))
            name = step if size is None else step + ", in pages"
            story.compare(name, seen, names_at_origin(folder), has, lacks)

    await expect("lists the root", "root")
    root = await listing("root")
    work = root[top].id
    await expect("lists a folder", work)
    await expect("lists it again", work)
    got = await drive.items.by_drive_item_id(work).get()
    story.expect("gets an item", got.name, top)

    made = await drive.items.by_drive_item_id(work).children.post(DriveItem(name="made", folder=Folder()))
    await expect("creates a folder", work, has="made")
    for number in range(7):
        uploaded = await drive.items.by_drive_item_id(f"root:/{top}/up {number}.txt:").content.put(b"text")
        await expect("uploads by path", work, has=f"up {number}.txt")
    await drive.items.by_drive_item_id(uploaded.id).content.put(b"another text")
    story.expect("overwrites", (await listing(work))[uploaded.name].size, len(b"another text"))
    await drive.items.by_drive_item_id(uploaded.id).patch(DriveItem(name="renamed.txt"))
    await expect("renames", work, has="renamed.txt", lacks="up 6.txt")
    await drive.items.by_drive_item_id(uploaded.id).patch(DriveItem(parent_reference=ItemReference(id=made.id)))
    await expect("moves: where it was", work, lacks="renamed.txt")
    await expect("moves: where it is", made.id, has="renamed.txt")
    body = CopyPostRequestBody(parent_reference=ItemReference(drive_id=drive_id, id=work), name="copied.txt")
    await drive.items.by_drive_item_id(uploaded.id).copy.post(body)
    end = time.monotonic() + LONGEST_COPY
    while "copied.txt" not in names_at_origin(work) and time.monotonic() < end:
        await asyncio.sleep(0.05)
    # The copy ends behind riffle's back; it hears of that from the monitor.
    while "copied.txt" not in await listing(work) and time.monotonic() < end:
        await asyncio.sleep(0.05)
    await expect("copies, in the background", work, has="copied.txt")
    await drive.items.by_drive_item_id(uploaded.id).delete()
    await expect("deletes a file", made.id, lacks="renamed.txt")
    await drive.items.by_drive_item_id(made.id).delete()
    await expect("deletes a folder", work, lacks="made")
    return story.steps


def with_office365(top):
    from office365 import azure_env
    from office365.graph_client import GraphClient
    from office365.onedrive.listitems.item_reference import ItemReference

    azure_env._ENDPOINTS[azure_env.AzureEnvironment.Global]["graph"] = riffle
    token = {"access_token": "any", "token_type": "Bearer", "expires_in": 3600}
    client = GraphClient(token_callback=lambda: token)
    story = Story("office365")
    root = client.me.drive.root

    def listing(path):
        return sorted(item.name for item in root.get_by_path(path).children.get().execute_query())

    work = fetch(origin, f"/v1.0/me/drive/root:/{top}")[0]["id"]

    def expect(step, has=None, lacks=None):
        story.compare(step, listing(top), names_at_origin(work), has, lacks)

    expect("lists a folder by path")
    folder = root.get_by_path(top)
    folder.create_folder("by office").execute_query()
    expect("creates a folder", has="by office")
    folder.upload("office file.txt", b"text").execute_query()
    expect("uploads", has="office file.txt")
    # Without a parent version 3.3.0 sends nothing at all.
    item = root.get_by_path(f"{top}/office file.txt")
    item.move("renamed by office.txt", ItemReference(id=work)).execute_query()
    expect("renames", has="renamed by office.txt", lacks="office file.txt")
    root.get_by_path(f"{top}/renamed by office.txt").get().execute_query().delete_object().execute_query()
    expect("deletes a file", lacks="renamed by office.txt")
    root.get_by_path(f"{top}/by office").delete_object().execute_query()
    expect("deletes a folder", lacks="by office")
    return story.steps


def with_sharepoint(top):
    """The same tree by SharePoint's REST service."""
    from office365.sharepoint.client_context import ClientContext

    token = {"access_token": "any", "token_type": "Bearer", "expires_in": 3600}
    story = Story("office365, SharePoint")
    web = ClientContext(riffle).with_access_token(lambda: token).web

    def folder(path):
        return web.get_folder_by_server_relative_url("/" + path)

    def file(path):
        return web.get_file_by_server_relative_url("/" + path)

    def real(path, kind):
        target = f"/_api/web/GetFolderByServerRelativeUrl('/{urllib.request.quote(path.replace(chr(39), chr(39) * 2))}')/{kind}"
        request = urllib.request.Request(origin + target, headers={"Accept": "application/json;odata=nometadata"})
        with urllib.request.urlopen(request) as answer:
            return sorted(row["Name"] for row in json.load(answer)["value"])

    def files(path):
        return sorted(row.name for row in folder(path).files.get().execute_query())

    def folders(path):
        return sorted(row.name for row in folder(path).folders.get().execute_query())

    def expect(step, path=top, has=None, lacks=None):
        story.compare(step + ", files", files(path), real(path, "Files"), has, lacks)
        story.expect(step + ", folders", folders(path), real(path, "Folders"))

    def listings_at_origin():
        return fetch(origin, "/-/counters")[0]["byKind"].get("GET listing", 0)

    expect("lists a folder", has="one.txt")
    asked = listings_at_origin()
    for _ in range(3):
        files(top), folders(top)
    story.expect("lists it again from the cache", listings_at_origin(), asked)
    both = folder(top).expand(["Files", "Folders"]).get().execute_query()
    story.expect("expands files", sorted(row.name for row in both.files), real(top, "Files"))
    story.expect("expands folders", sorted(row.name for row in both.folders), real(top, "Folders"))

    folder(top).folders.add("made o'office").execute_query()
    expect("creates a folder")
    story.expect("it is there", "made o'office" in folders(top), True)
    folder(top).add_sub_folder("within").execute_query()
    story.expect("creates one by its name", "within" in folders(top), True)
    folder(top).upload_file("site file.txt", b"text").execute_query()
    expect("uploads", has="site file.txt")
    file(f"{top}/site file.txt").rename("renamed.txt").execute_query()
    expect("renames", has="renamed.txt", lacks="site file.txt")
    file(f"{top}/renamed.txt").moveto(f"/{top}/within", 1).execute_query()
    expect("moves: where it was", lacks="renamed.txt")
    expect("moves: where it is", f"{top}/within", has="renamed.txt")
    file(f"{top}/within/renamed.txt").copyto(f"/{top}/made o'office", True).execute_query()
    expect("copies", f"{top}/made o'office", has="renamed.txt")
    file(f"{top}/within/renamed.txt").recycle().execute_query()
    expect("recycles a file", f"{top}/within", lacks="renamed.txt")
    folder(f"{top}/within").rename("without").execute_query()
    story.expect("renames a folder", ["within" in folders(top), "without" in folders(top)], [False, True])
    folder(f"{top}/without").recycle().execute_query()
    folder(f"{top}/made o'office").delete_object().execute_query()
    expect("deletes folders")
    story.expect("they are gone", [name for name in folders(top) if name in ("without", "made o'office")], [])
    return story.steps


if __name__ == "__main__":
    drive_id = fetch(origin, "/v1.0/me/drive/root")[0]["parentReference"]["driveId"]
    steps = asyncio.run(with_msgraph_sdk(drive_id, "a"))
    steps += with_office365("a")
    steps += with_sharepoint("a")
    again = "/v1.0/me/drive/root/children"
    fetch(riffle, again)
    if "hit" not in fetch(riffle, again)[1]:
        sys.exit("a listing asked for twice is not answered from the cache")
    print(f"{steps} steps of real clients, each seen by the next listing")
