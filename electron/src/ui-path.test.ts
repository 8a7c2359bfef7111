import { expect, test } from "vitest";
import { isUiUrl, resolveUi } from "./ui-path.ts";

const ROOT = "/opt/inlet/ui";

test.each([
  ["app://ui/", "/opt/inlet/ui/index.html", "text/html; charset=utf-8"],
  ["app://ui/index.html?x#y", "/opt/inlet/ui/index.html", "text/html; charset=utf-8"],
  ["app://ui/assets/app-1a2b.js", "/opt/inlet/ui/assets/app-1a2b.js", "text/javascript; charset=utf-8"],
])("%s is %s", (url, path, type) => expect(resolveUi(ROOT, url)).toEqual({ path, type }));

test.each([
  "app://ui/../secret.html",
  "app://ui/assets/../../secret.html",
  "app://ui/%2e%2e/secret.html",
  "app://ui/..%2f..%2fsecret.html",
  "app://ui/..\\secret.html",
  "app://ui/%5c..%5csecret.html",
  "app://ui/C:/Windows/win.html",
  "app://ui/%00.html",
  "app://ui/%",
  "app://ui/.env.json",
  "app://ui//etc/passwd",
  "app://ui/assets/",
  "app://ui/run.exe",
  "app://other/index.html",
  "app://ui@evil/index.html",
  "app://user@ui/index.html",
  "app://ui:1/index.html",
  "file:///opt/inlet/ui/index.html",
  "https://ui/index.html",
  "",
])("R4: %s has no file", (url) => expect(resolveUi(ROOT, url)).toBeUndefined());

test("R4: our own page by protocol and host", () => {
  expect(isUiUrl("app://ui/index.html")).toBe(true);
  for (const url of ["app://ui.evil/", "app:ui", "data:text/html,x", "about:blank", "javascript:1", "not a url"]) {
    expect(isUiUrl(url)).toBe(false);
  }
});
