// What may be wrong with the pages' JavaScript beside its types, which `tsc` checks: it also knows
// every name there is, so that no list of a browser's globals is needed here.
import js from "@eslint/js";

export default [
  js.configs.recommended,
  { ignores: ["static/vendor/", "node_modules/", ".venv/"] },
  {
    rules: {
      "no-undef": "off",
      eqeqeq: "error",
      "no-implicit-coercion": "error",
      "no-shadow": "error",
      "no-throw-literal": "error",
      "no-unused-expressions": "error",
      "no-use-before-define": ["error", { functions: false, classes: false, variables: false }],
      "no-var": "error",
      "object-shorthand": "error",
      "prefer-const": "error",
      "prefer-template": "off",
    },
  },
];
