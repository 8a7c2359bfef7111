export * from "./ims-xml.ts";
