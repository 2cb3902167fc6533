// A static file server as plain as the plainest host: no special headers, and the page not at the root.
import { createReadStream, statSync } from "node:fs";
import { createServer } from "node:http";
import { extname, join, normalize } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";

const dist = fileURLToPath(new URL("../dist", import.meta.url));
const subPath = "/some/sub/path/";

/** @type {Record<string, string>} */
const types = {
  ".html": "text/html; charset=utf-8",
  ".js": "text/javascript",
  ".css": "text/css",
  ".svg": "image/svg+xml",
  ".json": "application/json",
};

/** @param {string} path */
function fileFor(path) {
  if (!path.startsWith(subPath)) return undefined;
  const file = join(dist, normalize(`/${path.slice(subPath.length) || "index.html"}`));
  return statSync(file, { throwIfNoEntry: false })?.isFile() ? file : undefined;
}

/**
 * Serves dist under a sub-path on a free port.
 * @param {number} port 0 takes any free one
 * @returns {Promise<{ url: string, served: Set<string>, close: () => void }>} `served` are the files that were asked for
 */
export function serve(port = 0) {
  /** @type {Set<string>} */
  const served = new Set();
  const server = createServer((request, response) => {
    const file = fileFor(decodeURIComponent(new URL(request.url ?? "/", "http://localhost").pathname));
    if (!file) {
      response.writeHead(404, { "content-type": "text/plain" }).end("not found");
      return;
    }
    served.add(file);
    response.writeHead(200, { "content-type": types[extname(file)] ?? "application/octet-stream" });
    createReadStream(file).pipe(response);
  });
  return new Promise((resolve, reject) => {
    server.once("error", reject);
    server.listen(port, "127.0.0.1", () => {
      const address = server.address();
      if (!address || typeof address === "string") throw new Error("no port");
      const close = () => {
        server.close();
        server.closeAllConnections();
      };
      resolve({ url: `http://127.0.0.1:${address.port}${subPath}`, served, close });
    });
  });
}

if (process.argv[1] && import.meta.url === pathToFileURL(process.argv[1]).href) {
  console.log((await serve(Number(process.argv[2] ?? 0))).url);
}
