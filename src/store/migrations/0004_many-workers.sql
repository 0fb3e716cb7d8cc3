CREATE TABLE "art"."endpoint_paces" (
	"endpoint" text PRIMARY KEY NOT NULL,
	"next_at" timestamp with time zone,
	"paused_until" timestamp with time zone
);
--> statement-breakpoint
CREATE TABLE "art"."endpoint_slots" (
	"endpoint" text NOT NULL,
	"slot" integer NOT NULL,
	"worker" text,
	"held_until" timestamp with time zone,
	CONSTRAINT "endpoint_slots_endpoint_slot_pk" PRIMARY KEY("endpoint","slot")
);
--> statement-breakpoint
CREATE TABLE "art"."workers" (
	"id" text PRIMARY KEY NOT NULL,
	"command" text NOT NULL,
	"host" text NOT NULL,
	"pid" integer NOT NULL,
	"art_version" text NOT NULL,
	"serves" jsonb NOT NULL,
	"doing" jsonb NOT NULL,
	"draining" boolean DEFAULT false NOT NULL,
	"started_at" timestamp with time zone NOT NULL,
	"seen_at" timestamp with time zone NOT NULL
);
--> statement-breakpoint
ALTER TABLE "art"."campaigns" ADD COLUMN "priority" integer DEFAULT 0 NOT NULL;--> statement-breakpoint
ALTER TABLE "art"."campaigns" ADD COLUMN "wish" text DEFAULT 'run' NOT NULL;--> statement-breakpoint
ALTER TABLE "art"."campaigns" ADD COLUMN "ending" text;--> statement-breakpoint
ALTER TABLE "art"."images" ADD COLUMN "kept" text DEFAULT 'full' NOT NULL;--> statement-breakpoint
ALTER TABLE "art"."images" ADD COLUMN "kept_hash" text;