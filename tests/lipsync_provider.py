"""A remote lip-sync service: a queue and a storage that speak FAL's protocol over HTTP."""

from dataclasses import dataclass, field

from aiohttp import web

CLIP = b"\x1aE\xdf\xa3 a clip"


@dataclass
class Provider:
    """A queue and a storage that speak FAL's protocol."""

    base: str = ""
    stored: dict[str, bytes] = field(default_factory=dict)
    jobs: list[tuple[dict[str, str], list[str]]] = field(default_factory=list)
    """What each was asked for, and the states it will go through."""
    puts: int = 0
    broken: bool = False
    wishes: list[str | None] = field(default_factory=list)
    leaked: list[str] = field(default_factory=list)

    def app(self) -> web.Application:
        app = web.Application()
        app.router.add_post("/storage/upload/initiate", self.initiate)
        app.router.add_put("/bucket/{name}", self.put)
        app.router.add_post("/acme/lips", self.submit)
        app.router.add_get("/jobs/{n}/status", self.status)
        app.router.add_get("/jobs/{n}", self.result)
        app.router.add_get("/clips/{n}", self.clip)
        return app

    def allowed(self, request: web.Request) -> None:
        if request.headers.get("Authorization") != "Key sesame":
            raise web.HTTPUnauthorized(text='{"detail": "no"}')

    async def initiate(self, request: web.Request) -> web.Response:
        self.allowed(request)
        self.wishes.append(request.headers.get("X-Fal-Object-Lifecycle-Preference"))
        name = f"{len(self.stored)}-{(await request.json())['file_name']}"
        url = f"{self.base}/bucket/{name}"
        return web.json_response({"upload_url": url, "file_url": url})

    async def put(self, request: web.Request) -> web.Response:
        self.leaked += request.headers.getall("Authorization", [])
        self.stored[str(request.url)] = await request.read()
        self.puts += 1
        return web.Response()

    async def submit(self, request: web.Request) -> web.Response:
        self.allowed(request)
        self.jobs.append((await request.json(), ["IN_QUEUE", "IN_PROGRESS", "COMPLETED"]))
        job = f"{self.base}/jobs/{len(self.jobs) - 1}"
        return web.json_response(
            {"request_id": job[-1], "status_url": f"{job}/status", "response_url": job}
        )

    async def status(self, request: web.Request) -> web.Response:
        self.allowed(request)
        return web.json_response({"status": self.jobs[int(request.match_info["n"])][1].pop(0)})

    async def result(self, request: web.Request) -> web.Response:
        self.allowed(request)
        n = request.match_info["n"]
        if self.broken:
            return web.json_response({"detail": "out of memory"}, status=500)
        lost = [url for url in self.jobs[int(n)][0].values() if url not in self.stored]
        if lost:
            detail = [{"type": "file_download_error", "input": url} for url in lost]
            return web.json_response({"detail": detail}, status=422)
        clip = {"url": f"{self.base}/clips/{n}", "content_type": "video/mp4"}
        return web.json_response({"video": clip})

    async def clip(self, request: web.Request) -> web.Response:
        self.leaked += request.headers.getall("Authorization", [])
        wanted, _ = self.jobs[int(request.match_info["n"])]
        return web.Response(body=self.speaking(self.stored[wanted["audio_url"]]))

    def speaking(self, audio: bytes) -> bytes:
        """The film that is made for a sound."""
        return CLIP
