CREATE TABLE "art"."image_places" (
	"id" integer PRIMARY KEY NOT NULL,
	"token" text NOT NULL,
	"location" text NOT NULL
);
