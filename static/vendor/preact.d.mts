// The types of the module that lies in static/vendor, from the package that it was taken from.
export * from "preact";
