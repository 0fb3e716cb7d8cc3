CREATE INDEX "embeddings_image" ON "art"."embeddings" USING btree ("image_hash");--> statement-breakpoint
CREATE INDEX "requests_turn" ON "art"."requests" USING btree ("turn_id");