import java.nio.file.{Files, Path}
import scala.jdk.CollectionConverters._

/** What the counts say of every iris, without any server: a line each of its probabilities. */
object Answers {
  def main(arguments: Array[String]): Unit = {
    val species = Files.readAllLines(Path.of(arguments(1))).asScala.toSeq.map(Species.read)
    for (line <- Files.readAllLines(Path.of(arguments(0))).asScala.toSeq.tail) {
      val scores = species.map(_.logLikelihood(line.split(',').toSeq.init.map(_.toDouble)))
      val likely = scores.map(score => math.exp(score - scores.max))
      println(likely.map(_ / likely.sum).mkString("[", ", ", "]"))
    }
  }
}
