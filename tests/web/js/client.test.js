import assert from "node:assert/strict";
import { test } from "node:test";

import { browserBrands } from "../../../static/client.js";

test("the brand that is none is left out", () => {
  for (const none of ["Not:A-Brand", "Not;A=Brand", "Not)A;Brand", " Not A;Brand", "Not_A Brand"]) {
    const brands = [{ brand: none, version: "8" }, { brand: "Chromium", version: "156" }];
    assert.equal(browserBrands(brands), "Chromium 156", none);
  }
  assert.equal(browserBrands([]), "");
});
